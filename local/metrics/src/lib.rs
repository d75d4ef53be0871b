//! The local CloudWatch: metrics, and the alarms over them.
//!
//! [`Metrics`] takes values: from the gateway and the function pool those that AWS makes of its own services, and from
//! the functions' log lines those that they write as [`emf`]. [`Evaluator`] looks at them once a minute, as CloudWatch
//! does, and tells which alarms changed their state. The clock is the one that it is handed.
//!
//! What differs from CloudWatch: values are kept for [`KEPT_MINUTES`] minutes at a resolution of a minute, percentiles
//! are to three digits, and everything is there at once, where CloudWatch may take minutes.

pub mod emf;
mod evaluator;
mod judgement;
mod math;
mod points;
mod store;

pub use evaluator::{AlarmStatus, Evaluator, StateChange};
pub use store::{Metrics, Series};
pub use tidegate_local_cloud::alarms::KEPT_MINUTES;
