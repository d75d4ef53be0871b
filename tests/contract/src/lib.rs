//! What every implementation of the domain's ports must do.
