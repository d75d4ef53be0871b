//! The host as the engine meets it: the real executable, an engine that records what it is told, and real programs.

mod asks;
mod builds;
mod ends;
mod plugins;
mod runs;
mod script;
mod support;
