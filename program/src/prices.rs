//! What the dashboard reckons with: the one table of prices.

use tidegate_plan::cost::{InvalidPrices, Prices, Rate};

use crate::observability::TrafficPrices;
use crate::settings::Architecture;

/// What the traffic costs.
pub(crate) fn of_traffic(architecture: Architecture) -> Result<TrafficPrices, InvalidPrices> {
    let prices = Prices::built_in()?;
    let of = |rate| prices.of(rate).dollars_for_one();
    Ok(TrafficPrices {
        message: of(Rate::WebSocketMessage),
        invocation: of(Rate::LambdaRequest),
        gb_second: of(match architecture {
            Architecture::Arm64 => Rate::LambdaArm64,
            Architecture::X86_64 => Rate::LambdaX86,
        }),
        write: of(Rate::DynamoDbWrite),
        read: of(Rate::DynamoDbRead),
    })
}
