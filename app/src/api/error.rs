//! How a server function's failure travels. The only place that knows Leptos' own error type.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::error::ApiError;

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    /// What Leptos itself refuses before our code runs. Its texts name internals, so none of them is passed on.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::rejected("The form could not be read. Nothing was changed. Reload the page and send it again.")
            }
            _ => Self::Unavailable {
                message: "The request could not be carried out. Nothing was changed. Try again in a moment.".to_owned(),
            },
        }
    }
}
