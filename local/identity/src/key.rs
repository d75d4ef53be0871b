//! The key pair that signs.

use std::fmt;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use thiserror::Error;

/// What Cognito signs with, and the only algorithm that our verifier takes.
const ALGORITHM: Algorithm = Algorithm::RS256;
const PEM_TAG: &str = "PRIVATE KEY";

/// An RSA key pair of 2048 bits, as Cognito's are.
#[derive(Clone)]
pub struct SigningKey {
    private: EncodingKey,
    public: Jwk,
    kid: String,
}

/// There is no key to sign with.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file, or its folder, cannot be read or written.
    #[error("the signing key of the local user pool cannot be kept in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is in the file is no key.
    #[error(
        "{} holds no RSA key in PKCS#8 PEM: delete it and a new one is made (tokens signed with the old one end)",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The cryptography library made no key.
    #[error("no RSA key could be generated")]
    Generation,
}

impl SigningKey {
    /// The key in the file `path`, made there first if there is none: generating one takes a tenth of a second, and a
    /// key that stays keeps tokens valid from run to run.
    ///
    /// The file is only for its owner, and it is there either whole or not at all. Of several processes that start at
    /// once one makes the key and all use it.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn load_or_generate(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        if let Some(pem) = read(path).map_err(failed)? {
            return Self::of_file(path, &pem);
        }
        let pem = generate().map_err(|Unspecified| KeyError::Generation)?;
        if keep(path, &pem).map_err(failed)? {
            return Self::of_file(path, pem.as_bytes());
        }
        // Another process was first: its key is the one.
        let pem = std::fs::read(path).map_err(failed)?;
        Self::of_file(path, &pem)
    }

    /// A new key that is kept nowhere, for tests.
    ///
    /// # Errors
    /// When the cryptography library makes none.
    pub fn generate() -> Result<Self, KeyError> {
        let pem = generate().map_err(|Unspecified| KeyError::Generation)?;
        Self::of_pem(pem.as_bytes()).ok_or(KeyError::Generation)
    }

    fn of_file(path: &Path, pem: &[u8]) -> Result<Self, KeyError> {
        Self::of_pem(pem).ok_or_else(|| KeyError::Unreadable {
            path: path.to_owned(),
        })
    }

    fn of_pem(pem: &[u8]) -> Option<Self> {
        let private = EncodingKey::from_rsa_pem(pem).ok()?;
        let mut public = Jwk::from_encoding_key(&private, ALGORITHM).ok()?;
        // From the key itself, so that it stays when the key does and changes when the key does.
        let kid = public.thumbprint(ThumbprintHash::SHA256).ok()?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Some(Self {
            private,
            public,
            kid,
        })
    }

    /// The public half, as an issuer publishes it.
    #[must_use]
    pub fn public(&self) -> JwkSet {
        JwkSet {
            keys: vec![self.public.clone()],
        }
    }

    pub(crate) fn sign<T: Serialize>(
        &self,
        claims: &T,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let header = Header {
            kid: Some(self.kid.clone()),
            // Cognito's tokens have none.
            typ: None,
            ..Header::new(ALGORITHM)
        };
        jsonwebtoken::encode(&header, claims, &self.private)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

fn generate() -> Result<String, Unspecified> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    Ok(pem::encode(&pem::Pem::new(PEM_TAG, der.as_ref())))
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(pem) => Ok(Some(pem)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the file beside its place and moves it there, unless there is one; says whether it did. Temporary files are
/// made with mode 0600, and that is what the key keeps.
fn keep(path: &Path, pem: &str) -> io::Result<bool> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(pem.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(refused) => Err(refused.error),
    }
}
