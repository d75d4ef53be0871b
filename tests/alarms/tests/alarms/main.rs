//! Every alarm that the program declares: when it goes off, when it does not, and when it goes back.

mod each;
mod quiet;
mod support;
mod throughput;
