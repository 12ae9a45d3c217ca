// Headers edited in both directions, and a refusal, as the SDK's own examples do it.
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
        if let Some(value) = self.get_http_request_header_bytes("x-a") {
            if value == b"1" {
                self.send_http_response(403, vec![("x-why", "no")], Some(b"go away"));
                return Action::Pause;
            }
            self.add_http_request_header_bytes("x-seen", &value);
        }
        self.set_http_request_header("x-b", Some("replaced"));
        self.set_http_request_header("x-c", None);
        Action::Continue
    }
    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        self.add_http_response_header("x-from", "rust");
        Action::Continue
    }
}
