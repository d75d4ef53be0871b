//! The API Gateway WebSocket data plane
