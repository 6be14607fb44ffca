//! HTTP to the provider: short patience, no redirects, small answers.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use serde_json::{Map, Value};
use url::Url;

const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(8);
const LARGEST: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no connection to {0}")]
    Connect(String),
    #[error("no answer in time from {0}")]
    Timeout(String),
    #[error("the answer of {0} is too long")]
    TooLong(String),
    #[error("{host} answered {status}")]
    Status { host: String, status: http::StatusCode },
    #[error("the exchange with {host} failed")]
    Other {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the answer cannot be used")]
    Answer(#[from] http::Error),
    #[error("the answer is no JSON object")]
    NotJson(#[from] serde_json::Error),
}

pub(super) struct Fetcher {
    client: reqwest::Client,
}

fn classify(host: &str, error: reqwest::Error) -> FetchError {
    let host = host.to_owned();
    if error.is_timeout() {
        FetchError::Timeout(host)
    } else if error.is_connect() {
        FetchError::Connect(host)
    } else {
        FetchError::Other { host, source: error.without_url() }
    }
}

impl Fetcher {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            // A redirect could lead a request with our secret somewhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client })
    }

    async fn send(&self, request: reqwest::Request) -> Result<HttpResponse, FetchError> {
        let host = request.url().origin().ascii_serialization();
        let mut response = self.client.execute(request).await.map_err(|error| classify(&host, error))?;
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&host, error))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(FetchError::TooLong(host));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }

    /// A JSON object behind a bearer token.
    pub(super) async fn json(&self, url: Url, access_token: &str) -> Result<Map<String, Value>, FetchError> {
        let host = url.origin().ascii_serialization();
        let request = self
            .client
            .get(url)
            .bearer_auth(access_token)
            .header(http::header::ACCEPT, "application/json")
            .build()
            .map_err(|error| classify(&host, error))?;
        let response = self.send(request).await?;
        if !response.status().is_success() {
            return Err(FetchError::Status { host, status: response.status() });
        }
        Ok(serde_json::from_slice(response.body())?)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetcher {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let request = reqwest::Request::try_from(request).map_err(|error| classify(&host, error))?;
            self.send(request).await
        })
    }
}
