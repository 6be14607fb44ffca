//! Asks an HTTP endpoint what a check wants to know, and cannot be made to ask anything else.
//!
//! Addresses of checks come from stack outputs and redirects: whoever writes a template, or runs the endpoint, must not
//! be able to make this server talk to its own network. So every name is looked up first, every address is examined,
//! and the request goes to the addresses that were examined. Bodies, redirects and time are bounded.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use domain::{blueprint::HttpCheck, check::HttpFacts};
use reqwest::{Method, Response, Url, header, redirect::Policy};

use crate::config::Network;

/// As much of a body as assertions may look at.
const MAX_BODY: usize = 256 * 1024;
const MAX_HOPS: usize = 5;

#[derive(Clone, Debug, Default)]
pub struct ProbeOptions {
    /// Loopback and private networks checks may ask all the same. Link-local addresses, where clouds keep their
    /// metadata services, never.
    pub allowed: Vec<Network>,
}

impl ProbeOptions {
    /// This machine and every private network: for the demo and for emulators.
    pub fn at_home() -> Self {
        let networks = ["127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];
        Self { allowed: networks.iter().filter_map(|text| Network::parse(text)).collect() }
    }
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
    pub async fn ask(&self, check: &HttpCheck) -> Result<HttpFacts, String> {
        let limit = Duration::from_secs(u64::from(check.timeout_secs));
        match tokio::time::timeout(limit, self.follow(check)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} s", check.timeout_secs)),
        }
    }

    async fn follow(&self, check: &HttpCheck) -> Result<HttpFacts, String> {
        let mut url = Url::parse(&check.url).map_err(|e| format!("{} is not an address: {e}", check.url))?;
        let began = Instant::now();
        for _ in 0..=MAX_HOPS {
            let (response, elapsed) = self.send(check, &url).await?;
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let next = location.filter(|_| check.follows_redirects && response.status().is_redirection());
            let Some(next) = next else {
                let elapsed = if check.follows_redirects { began.elapsed() } else { elapsed };
                return facts(check, &url, response, elapsed).await;
            };
            url = url.join(next).map_err(|e| format!("{url} redirects to {next}, which is not an address: {e}"))?;
        }
        Err(format!("redirected more than {MAX_HOPS} times, last to {url}"))
    }

    async fn send(&self, check: &HttpCheck, url: &Url) -> Result<(Response, Duration), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{} is not a scheme checks may use", url.scheme()));
        }
        let method = if check.preflight.is_some() { "OPTIONS" } else { &check.method };
        let method: Method = method.parse().map_err(|_| format!("{method} is not a method"))?;
        let host = url.host_str().ok_or("the address has no host")?.to_owned();
        let addresses = self.resolve(url, &host).await?;
        // The request goes to the addresses that were looked at, not to what a second look-up might say.
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(u64::from(check.timeout_secs)))
            .user_agent(concat!("lockkeeper/", env!("CARGO_PKG_VERSION")))
            .resolve_to_addrs(&host, &addresses)
            .no_proxy();
        if check.is_compressed {
            // The body is not unpacked then, and the header that says so stays.
            client = client.no_gzip().no_brotli();
        }
        let client = client.build().map_err(|e| words(&e))?;
        let mut request = client.request(method, url.clone());
        for (name, value) in &check.request_headers {
            request = request.header(name, value);
        }
        if check.is_compressed {
            request = request.header(header::ACCEPT_ENCODING, "gzip, deflate, br");
        }
        if let Some(preflight) = &check.preflight {
            request = request
                .header(header::ORIGIN, preflight.origin.trim_end_matches('/'))
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, &preflight.method);
            if !preflight.headers.is_empty() {
                request = request.header(header::ACCESS_CONTROL_REQUEST_HEADERS, preflight.headers.join(", "));
            }
        }
        if let Some(body) = &check.request_body {
            request = request.body(body.clone());
        }
        let began = Instant::now();
        let response = request.send().await.map_err(|e| words(&e))?;
        Ok((response, began.elapsed()))
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
        match found.iter().find(|a| !self.may_ask(a.ip())) {
            Some(refused) => Err(format!("{host} is {}, an address checks may not ask", refused.ip())),
            None => Ok(found),
        }
    }

    fn may_ask(&self, address: IpAddr) -> bool {
        !is_forbidden(address) && (!is_private(address) || self.options.allowed.iter().any(|n| n.contains(address)))
    }
}

async fn facts(check: &HttpCheck, url: &Url, mut response: Response, elapsed: Duration) -> Result<HttpFacts, String> {
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
        method: if check.preflight.is_some() { "OPTIONS".to_owned() } else { check.method.clone() },
        url: url.to_string(),
        status,
        headers: headers.into_iter().collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    })
}

/// Never asked, whatever is allowed: link-local addresses hold the metadata services of clouds, and the others are
/// nobody's.
fn is_forbidden(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast(),
        // fd00:ec2::254 is the metadata service of EC2.
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.segments()[..2] == [0xfd00, 0x0ec2]
        }
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                // Carrier-grade NAT, RFC 6598.
                || (v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
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
mod tests;
