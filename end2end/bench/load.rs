//! The load of `cargo xtask bench`: `load URL PER_SECOND SECONDS [NAME:VALUE…]`, headers last; prints one line of JSON.
//!
//! An open load: requests leave at their time whether or not earlier ones have come back, as visitors do. Latency
//! counts from when a request should have left, so that a stall of the server is not hidden by a stall in here.

use std::{
    error::Error,
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use reqwest::{
    Client, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use tokio::sync::mpsc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// One answer: how long after it was due, how many bytes; `None` where it was not a 200.
type Answer = (Duration, Option<usize>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, per_second, seconds, headers @ ..] = arguments.as_slice() else {
        return Err("usage: load URL PER_SECOND SECONDS [NAME:VALUE…]".into());
    };
    let url: Url = url.parse()?;
    let per_second: u32 = per_second.parse()?;
    let total = per_second * seconds.parse::<u32>()?;
    let client = client(headers)?;

    let (due, mut dues) = mpsc::unbounded_channel();
    let begun = Instant::now();
    // A thread sleeps to within a tenth of a millisecond, a timer of the runtime to within one.
    let clock = thread::spawn(move || {
        for n in 0..total {
            let at = begun + Duration::from_secs(1) * n / per_second;
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if due.send(at).is_err() {
                return;
            }
        }
    });
    let mut running = tokio::task::JoinSet::new();
    while let Some(at) = dues.recv().await {
        running.spawn(ask(client.clone(), url.clone(), at));
    }
    let answers: Vec<Answer> = running.join_all().await;
    clock.join().map_err(|_| "the clock stopped")?;
    report(answers)
}

/// Uncompressed, because the yardstick is; connections are kept, as a browser keeps them.
fn client(headers: &[String]) -> Result<Client> {
    let mut map = HeaderMap::new();
    for header in headers {
        let (name, value) = header.split_once(':').ok_or("a header is NAME:VALUE")?;
        map.insert(HeaderName::try_from(name)?, HeaderValue::from_str(value.trim())?);
    }
    let builder = Client::builder().default_headers(map).redirect(Policy::none()).no_proxy().no_gzip().no_brotli();
    Ok(builder.pool_max_idle_per_host(64).timeout(Duration::from_secs(30)).build()?)
}

async fn ask(client: Client, url: Url, due: Instant) -> Answer {
    let size = match client.get(url).send().await {
        Ok(answer) if answer.status().as_u16() == 200 => answer.bytes().await.ok().map(|body| body.len()),
        _ => None,
    };
    (due.elapsed(), size)
}

fn report(mut answers: Vec<Answer>) -> Result<()> {
    answers.sort_unstable();
    let at = |hundredths: usize| {
        let (took, _) = answers[(answers.len() * hundredths / 100).min(answers.len() - 1)];
        took.as_secs_f64() * 1000.0
    };
    let figures = serde_json::json!({
        "p50": at(50),
        "p99": at(99),
        "max": at(100),
        "requests": answers.len(),
        "failures": answers.iter().filter(|(_, size)| size.is_none()).count(),
        "bytes": answers.iter().filter_map(|(_, size)| *size).max(),
    });
    writeln!(std::io::stdout(), "{figures}")?;
    Ok(())
}
