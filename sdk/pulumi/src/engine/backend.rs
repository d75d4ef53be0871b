//! What a program asks of an engine.

use futures::future::BoxFuture;
use pulumi_gestalt_proto::pulumi::pulumirpc::{
    CallResponse, InvokeResponse, LogRequest, ReadResourceRequest, ReadResourceResponse,
    RegisterResourceOutputsRequest, RegisterResourceRequest, RegisterResourceResponse,
    ResourceCallRequest, ResourceInvokeRequest,
};
use tonic::Status;

/// The answer to a question.
pub(crate) type Answer<T> = BoxFuture<'static, Result<T, Status>>;

/// An engine, in the engine's own words: one behind gRPC, or the mocks of a test.
pub(crate) trait Backend: Send + Sync {
    fn supports_feature(&self, feature: &'static str) -> Answer<bool>;
    fn set_root(&self, urn: String) -> Answer<()>;
    fn register(&self, request: RegisterResourceRequest) -> Answer<RegisterResourceResponse>;
    fn register_outputs(&self, request: RegisterResourceOutputsRequest) -> Answer<()>;
    fn read(&self, request: ReadResourceRequest) -> Answer<ReadResourceResponse>;
    fn invoke(&self, request: ResourceInvokeRequest) -> Answer<InvokeResponse>;
    fn call(&self, request: ResourceCallRequest) -> Answer<CallResponse>;
    fn log(&self, request: LogRequest) -> Answer<()>;
    /// No more will come; answered when all is done.
    fn finish(&self) -> Answer<()>;
}
