// The header job on the Rust SDK.
use proxy_wasm::traits::*;
use proxy_wasm::types::*;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root) });
}}

struct Root;
impl Context for Root {}
impl RootContext for Root {
    fn get_type(&self) -> Option<ContextType> { Some(ContextType::HttpContext) }
    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> { Some(Box::new(Stream)) }
}
struct Stream;
impl Context for Stream {}
impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_request_header("x-set-one", Some("value-one"));
        self.set_http_request_header("x-set-two", Some("value-two"));
        self.add_http_request_header("x-added", "value-added");
        self.set_http_request_header("x-remove-me", None);
        Action::Continue
    }
    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.set_http_response_header("x-set-one", Some("value-one"));
        self.set_http_response_header("x-set-two", Some("value-two"));
        self.add_http_response_header("x-added", "value-added");
        self.set_http_response_header("x-remove-me", None);
        Action::Continue
    }
}
