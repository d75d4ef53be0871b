//! The table of prices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::money::Money;

/// The table that this version was made with.
const BUILT_IN: &str = include_str!("../../../prices.json");

macro_rules! rates {
    ($( $rate:ident = $id:literal, )*) => {
        /// What can be bought.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is described by its row in shared/prices.json")]
        pub enum Rate {
            $( $rate, )*
        }

        impl Rate {
            /// Every rate, in the order of the table.
            pub const ALL: &[Self] = &[$( Self::$rate, )*];

            /// Its id in the table.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $( Self::$rate => $id, )*
                }
            }
        }
    };
}

rates! {
    WebSocketMessage = "websocket.message",
    WebSocketMinute = "websocket.minute",
    HttpRequest = "http.request",
    LambdaRequest = "lambda.request",
    LambdaArm64 = "lambda.arm64",
    LambdaX86 = "lambda.x86_64",
    LambdaProvisionedArm64 = "lambda.provisioned.arm64",
    LambdaProvisionedX86 = "lambda.provisioned.x86_64",
    DynamoDbWrite = "dynamodb.write",
    DynamoDbRead = "dynamodb.read",
    DynamoDbStorage = "dynamodb.storage",
    DynamoDbRecovery = "dynamodb.pitr",
    SqsRequest = "sqs.request",
    SqsFifoRequest = "sqs.request.fifo",
    SnsPublish = "sns.publish",
    LogsIngest = "logs.ingest",
    LogsStorage = "logs.storage",
    CustomMetric = "cloudwatch.metric",
    Alarm = "cloudwatch.alarm",
    AlarmHighResolution = "cloudwatch.alarm.highResolution",
    AlarmAnomaly = "cloudwatch.alarm.anomaly",
    AlarmComposite = "cloudwatch.alarm.composite",
    Dashboard = "cloudwatch.dashboard",
    Trace = "xray.trace",
    WebAcl = "waf.acl",
    WebAclRule = "waf.rule",
    WebAclRequest = "waf.request",
    CloudFrontRequest = "cloudfront.request",
    CloudFrontOut = "cloudfront.out",
    DataOut = "data.out",
    CognitoLite = "cognito.lite",
    CognitoEssentials = "cognito.essentials",
    CognitoPlus = "cognito.plus",
    Zone = "route53.zone",
    ZoneQuery = "route53.query",
    DaxNode = "dax.node.t3.small",
    CacheStorage = "elasticache.serverless.storage",
    CacheUnit = "elasticache.serverless.ecpu",
    CacheNode = "elasticache.node.t4g.micro",
    NatHour = "vpc.nat.hour",
    NatData = "vpc.nat.data",
    AppSyncOperation = "appsync.events.operation",
    AppSyncMinute = "appsync.events.minute",
}

/// How sure a price is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Read on a page of AWS.
    Documented,
    /// Read at somebody else's who quotes AWS.
    Observed,
    /// From memory.
    Memory,
}

/// A price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The service.
    pub service: String,
    /// What is bought.
    pub item: String,
    /// What one is.
    pub unit: String,
    /// What `per` units cost.
    pub amount: Money,
    /// How many units that is for.
    pub per: u64,
    /// How many units a month cost nothing, for a whole account and without an end.
    pub free: u64,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where it is from.
    pub source: String,
}

impl Price {
    /// What one unit costs, in dollars: for a formula that a program reckons with, never for a sum of money.
    #[must_use]
    pub fn dollars_for_one(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "prices have few digits, and this is for a picture"
        )]
        let (micros, per) = (self.amount.micros() as f64, self.per as f64);
        micros / 1e6 / per
    }

    /// What a quantity costs, rounded to a millionth of a dollar.
    #[must_use]
    pub fn of(&self, quantity: u64) -> Money {
        let micros = i128::from(self.amount.micros()) * i128::from(quantity);
        let per = i128::from(self.per);
        let rounded = (micros + per / 2) / per;
        Money::from_micros(i64::try_from(rounded).unwrap_or(i64::MAX))
    }
}

/// Every price, of one Region at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// The day on which they were looked up.
    pub as_of: String,
    /// The Region.
    pub region: String,
    rows: BTreeMap<Rate, Price>,
}

/// A table that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvalidPrices {
    /// It is not a table of prices.
    #[error("the table of prices is not as shared/prices.json")]
    Shape(#[source] serde_json::Error),
    /// A row is missing.
    #[error("the table of prices has no row `{0}`")]
    Missing(&'static str),
    /// A number cannot be.
    #[error(
        "the price of `{id}` is {usd} per {per}: it must be dollars with at most six decimals, for one unit or more"
    )]
    Number {
        /// The row.
        id: String,
        /// Its amount.
        usd: String,
        /// For how many units.
        per: u64,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    as_of: String,
    region: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    service: String,
    item: String,
    unit: String,
    usd: String,
    per: u64,
    free: u64,
    certainty: Certainty,
    source: String,
}

impl Prices {
    /// The prices that this version was made with.
    ///
    /// # Errors
    /// Never, as a test sees to.
    pub fn built_in() -> Result<Self, InvalidPrices> {
        Self::read(BUILT_IN)
    }

    /// Reads a table as `shared/prices.json` is.
    ///
    /// # Errors
    /// When a row is missing, or an amount is none.
    pub fn read(text: &str) -> Result<Self, InvalidPrices> {
        let table: Table = serde_json::from_str(text).map_err(InvalidPrices::Shape)?;
        let mut by_id = BTreeMap::new();
        for row in table.rows {
            by_id.insert(row.id.clone(), row.price()?);
        }
        let mut rows = BTreeMap::new();
        for rate in Rate::ALL {
            let price = by_id.remove(rate.id());
            rows.insert(*rate, price.ok_or(InvalidPrices::Missing(rate.id()))?);
        }
        Ok(Self {
            as_of: table.as_of,
            region: table.region,
            rows,
        })
    }

    /// The price of what can be bought.
    #[must_use]
    pub fn of(&self, rate: Rate) -> &Price {
        // `read` refuses a table that lacks one.
        &self.rows[&rate]
    }

    /// Every price.
    pub fn all(&self) -> impl Iterator<Item = (Rate, &Price)> {
        self.rows.iter().map(|(rate, price)| (*rate, price))
    }
}

impl Row {
    fn price(self) -> Result<Price, InvalidPrices> {
        let micros = micros(&self.usd).filter(|_| self.per > 0);
        let Some(micros) = micros else {
            return Err(InvalidPrices::Number {
                id: self.id,
                usd: self.usd,
                per: self.per,
            });
        };
        Ok(Price {
            service: self.service,
            item: self.item,
            unit: self.unit,
            amount: Money::from_micros(micros),
            per: self.per,
            free: self.free,
            certainty: self.certainty,
            source: self.source,
        })
    }
}

/// Dollars as they are written, in millionths.
fn micros(usd: &str) -> Option<i64> {
    let (dollars, fraction) = usd.split_once('.').unwrap_or((usd, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if fraction.len() > 6 || !digits(dollars) || !digits(fraction) {
        return None;
    }
    let dollars: i64 = dollars.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    dollars.checked_mul(1_000_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_a_rate_and_says_where_it_is_from() {
        let prices = Prices::built_in().unwrap();
        let table: Table = serde_json::from_str(BUILT_IN).unwrap();
        let ids: Vec<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
        let rates: Vec<&str> = Rate::ALL.iter().map(|rate| rate.id()).collect();
        assert_eq!(ids, rates, "same rows, same order");
        assert_eq!(prices.region, "us-east-1");
        for (rate, price) in prices.all() {
            assert!(price.amount > Money::ZERO, "{rate:?}");
            assert!(!price.source.is_empty(), "{rate:?}");
        }
    }

    #[test]
    fn an_amount_is_read_to_the_millionth_and_not_further() {
        assert_eq!(micros("0.133334"), Some(133_334));
        assert_eq!(micros("5"), Some(5_000_000));
        assert_eq!(micros("1.00"), Some(1_000_000));
        for wrong in [
            "",
            ".5",
            "1.",
            "-1",
            "1e3",
            "0.1333345",
            "1.+5",
            "99999999999999999999",
        ] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_million_of_what_is_priced_by_the_million_costs_its_price() {
        let prices = Prices::built_in().unwrap();
        let message = prices.of(Rate::WebSocketMessage);
        assert_eq!(message.of(1_000_000), message.amount);
        assert_eq!(message.of(1).micros(), 1);
        // 13.3334 millionths each.
        assert_eq!(prices.of(Rate::LambdaArm64).of(3).micros(), 40);
        assert!(message.of(u64::MAX) > Money::ZERO);
    }

    #[test]
    fn a_table_without_a_row_is_refused_by_its_name() {
        let without = BUILT_IN.replace("\"waf.acl\"", "\"waf.other\"");
        let error = Prices::read(&without).unwrap_err();
        assert!(error.to_string().contains("`waf.acl`"), "{error}");
    }
}
