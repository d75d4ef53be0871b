//! A distribution before the API: the same handshakes, with what CloudFront changes about a request on its way, and its
//! web ACL before that. Frames go straight to the gateway; CloudFront does not look at them either.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::body::Incoming;
use tidegate_local_cloud::system::Distribution;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::firewall::Firewall;
use crate::gateway::Shared;
use crate::http_service::{self, Answer};
use crate::listen;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const CF_ID: HeaderName = HeaderName::from_static("x-amz-cf-id");
/// Headers that viewers cannot set.
const STRIPPED: [&str; 2] = ["x-edge-", "x-amz-cf-"];

/// A distribution that is served. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Front {
    served: Arc<Served>,
}

#[derive(Debug)]
struct Served {
    shared: Arc<Shared>,
    distribution: Distribution,
    headers: Vec<(HeaderName, HeaderValue)>,
    firewall: Option<Firewall>,
}

impl Front {
    pub(crate) fn new(shared: Arc<Shared>, mut distribution: Distribution) -> Self {
        let firewall = distribution.web_acl.take().map(Firewall::new);
        let headers = distribution.origin_headers.0.iter();
        let headers = headers.filter_map(|(name, value)| {
            let mut value = HeaderValue::from_str(value).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        });
        Self {
            served: Arc::new(Served {
                headers: headers.collect(),
                shared,
                distribution,
                firewall,
            }),
        }
    }

    /// Serves until `shutdown` is cancelled. Connections that were made here are the gateway's, and end with it.
    pub async fn serve(&self, listener: TcpListener, shutdown: CancellationToken) {
        let served = Arc::clone(&self.served);
        listen::accept(
            &self.served.shared,
            listener,
            &shutdown,
            move |peer, request| {
                let served = Arc::clone(&served);
                async move { served.answer(peer, request).await }
            },
        )
        .await;
    }
}

impl Served {
    async fn answer(&self, peer: SocketAddr, mut request: Request<Incoming>) -> Answer {
        let now_ms = self.shared.clock.now_ms();
        let blocked = self.firewall.as_ref().is_some_and(|firewall| {
            firewall.blocks(peer.ip(), request.uri(), request.headers(), now_ms)
        });
        if blocked {
            return self.refused(StatusCode::FORBIDDEN, "Request blocked.");
        }
        let method = request.method().as_str();
        let mut allowed = self.distribution.allowed_methods.iter();
        if !allowed.any(|allowed| allowed == method) {
            return self.refused(
                StatusCode::FORBIDDEN,
                "This distribution is not configured to allow the HTTP request method that was used for this request.",
            );
        }
        if request
            .uri()
            .path_and_query()
            .is_some_and(|path| path.as_str().len() as u64 > self.shared.limits.edge_url_bytes)
        {
            return self.refused(StatusCode::URI_TOO_LONG, "Request Too Long.");
        }
        if request.uri().path().starts_with("/@connections/") {
            // Signed for this host, and not for the origin's.
            return http_service::message(
                StatusCode::FORBIDDEN,
                "The request signature we calculated does not match the signature you provided. Call the management \
                 API at the API's own endpoint and not through the distribution.",
            );
        }
        let Some(uri) = self.origin_uri(request.uri()) else {
            return self.refused(StatusCode::BAD_REQUEST, "Bad request.");
        };
        *request.uri_mut() = uri;
        self.rewrite(request.headers_mut(), peer);
        http_service::serve(Arc::clone(&self.shared), peer, request).await
    }

    fn origin_uri(&self, uri: &Uri) -> Option<Uri> {
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        format!("{}{path}", self.distribution.origin_path)
            .parse()
            .ok()
    }

    /// Makes of the viewer's headers those that the origin gets: all of them but the host, and over them those of the
    /// distribution, whatever the viewer sent by the same name.
    fn rewrite(&self, headers: &mut HeaderMap, peer: SocketAddr) {
        let stripped: Vec<HeaderName> = headers
            .keys()
            .filter(|name| {
                STRIPPED
                    .iter()
                    .any(|prefix| name.as_str().starts_with(prefix))
            })
            .cloned()
            .collect();
        for name in stripped {
            headers.remove(name);
        }
        let came_through: Vec<&str> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let viewer = peer.ip().to_string();
        let line = [came_through, vec![viewer.as_str()]].concat().join(", ");
        let id = self.shared.fork_ids().next();
        let host = &self.distribution.origin_host;
        for (name, value) in [
            (FORWARDED_FOR, line),
            (CF_ID, id),
            (header::VIA, self.via()),
            (header::HOST, host.clone()),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
    }

    fn via(&self) -> String {
        let name = self.distribution.id.to_ascii_lowercase();
        format!("1.1 {name}.cloudfront.net (CloudFront)")
    }

    /// CloudFront's own error page.
    fn refused(&self, status: StatusCode, problem: &str) -> Answer {
        let id = self.shared.fork_ids().next();
        let page = format!(
            "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>{status}</H1>\
             <H2>The request could not be satisfied.</H2>{problem}<PRE>Generated by cloudfront (CloudFront)\n\
             Request ID: {id}</PRE></BODY></HTML>"
        );
        let mut answer = Response::new(Full::new(Bytes::from(page)));
        *answer.status_mut() = status;
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html".to_owned()),
            (header::SERVER, "CloudFront".to_owned()),
            (
                HeaderName::from_static("x-cache"),
                "Error from cloudfront".to_owned(),
            ),
            (header::VIA, self.via()),
            (CF_ID, id),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }
}
