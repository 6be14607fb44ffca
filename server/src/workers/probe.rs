//! Asks an HTTP endpoint what a check wants to know.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use domain::{blueprint::HttpCheck, check::HttpFacts};
use reqwest::{Method, Url, redirect::Policy};

/// As much of a body as assertions may look at.
const MAX_BODY: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, Default)]
pub struct ProbeOptions {
    /// Also ask loopback, private and link-local addresses. Off, because a check's address comes from stack outputs:
    /// whoever writes a template must not be able to make this server talk to its own network.
    pub allow_private_addresses: bool,
}

/// Sends the requests of `http` checks.
#[derive(Clone, Debug)]
pub struct HttpProbe {
    options: ProbeOptions,
}

impl HttpProbe {
    pub fn new(options: ProbeOptions) -> Self {
        Self { options }
    }

    /// # Errors
    /// When the question could not be asked, in words.
    pub async fn ask(&self, check: &HttpCheck, url: &str) -> Result<HttpFacts, String> {
        let url = Url::parse(url).map_err(|e| format!("{url} is not an address: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{} is not a scheme checks may use", url.scheme()));
        }
        let method: Method = check.method.parse().map_err(|_| format!("{} is not a method", check.method))?;
        let host = url.host_str().ok_or("the address has no host")?.to_owned();
        let addresses = self.resolve(&url, &host).await?;
        // The request goes to the addresses that were looked at, not to what a second look-up might say.
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(u64::from(check.timeout_secs)))
            .user_agent(concat!("lockkeeper/", env!("CARGO_PKG_VERSION")))
            .resolve_to_addrs(&host, &addresses)
            .no_proxy()
            .build()
            .map_err(|e| words(&e))?;
        let mut request = client.request(method, url.clone());
        for (name, value) in &check.request_headers {
            request = request.header(name, value);
        }
        let began = Instant::now();
        let mut response = request.send().await.map_err(|e| words(&e))?;
        let elapsed = began.elapsed();
        let headers: BTreeMap<String, String> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| words(&e))? {
            let room = MAX_BODY.saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if body.len() >= MAX_BODY {
                break;
            }
        }
        Ok(HttpFacts {
            method: check.method.clone(),
            url: url.to_string(),
            status,
            headers: headers.into_iter().collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }

    async fn resolve(&self, url: &Url, host: &str) -> Result<Vec<SocketAddr>, String> {
        let port = url.port_or_known_default().unwrap_or(443);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found: Vec<SocketAddr> = tokio::net::lookup_host((bare, port))
            .await
            .map_err(|e| format!("{host} cannot be resolved: {e}"))?
            .collect();
        if found.is_empty() {
            return Err(format!("{host} has no address"));
        }
        if !self.options.allow_private_addresses
            && let Some(private) = found.iter().find(|a| is_private(a.ip()))
        {
            return Err(format!("{host} is {}, an address checks may not ask", private.ip()));
        }
        Ok(found)
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                // Carrier-grade NAT, RFC 6598.
                || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]))
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

/// reqwest hides the reason in its sources; a person needs it.
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = source {
        text = current.to_string();
        source = current.source();
    }
    if error.is_connect() { format!("no connection: {text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_own_network_are_private() {
        let private = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"];
        for text in private {
            assert!(text.parse().is_ok_and(is_private), "{text}");
        }
        for text in ["8.8.8.8", "2606:4700::1111", "100.63.0.1"] {
            assert!(!text.parse().is_ok_and(is_private), "{text}");
        }
    }

    #[tokio::test]
    async fn a_check_may_not_ask_the_own_network() {
        let probe = HttpProbe::new(ProbeOptions::default());
        let check = HttpCheck {
            url: String::new(),
            method: "GET".into(),
            request_headers: BTreeMap::new(),
            status: vec![200],
            headers: BTreeMap::new(),
            json: Vec::new(),
            body_contains: None,
            max_latency_ms: None,
            timeout_secs: 1,
        };
        let answer = probe.ask(&check, "http://127.0.0.1:1/").await;
        assert!(answer.as_ref().is_err_and(|why| why.contains("may not ask")), "{answer:?}");
    }
}
