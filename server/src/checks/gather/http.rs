//! Requests: placeholders replaced, the address completed, the answer fetched.

use domain::{
    blueprint::{CheckKind, HttpCheck},
    check::CheckFacts,
};

use super::{Gathered, Round};

pub(super) async fn gather(round: &Round<'_>, check: &HttpCheck) -> Gathered {
    let asked = format!("{} {}", check.method, check.url);
    let (check, facts) = match resolved(round, check).await {
        Ok(check) => {
            let asked = format!("{} {}", check.method, check.url);
            let facts = match round.engine.probe.ask(&check).await {
                Ok(facts) => CheckFacts::Http(facts),
                Err(why) => CheckFacts::Unavailable { asked, why },
            };
            (check, facts)
        }
        Err(why) => (check.clone(), CheckFacts::Unavailable { asked, why }),
    };
    Gathered { kind: CheckKind::Http(check), facts, request_id: None }
}

async fn resolved(round: &Round<'_>, check: &HttpCheck) -> Result<HttpCheck, String> {
    let mut check = check.clone();
    check.url = address(&round.text(&check.url).await?);
    for value in check.request_headers.values_mut() {
        *value = round.text(value).await?;
    }
    if let Some(prefix) = &mut check.redirects_to {
        *prefix = round.text(prefix).await?;
    }
    if let Some(preflight) = &mut check.preflight {
        preflight.origin = address(&round.text(&preflight.origin).await?);
    }
    Ok(check)
}

/// An output may hold a bare domain name, as CloudFront's do, or a whole address: then its own scheme counts.
fn address(text: &str) -> String {
    match text.rfind("://") {
        None => format!("https://{text}"),
        Some(end) => {
            let start = text[..end].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
            text[start..].to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_output_with_a_scheme_of_its_own_keeps_it() {
        assert_eq!(address("d1.cloudfront.net/"), "https://d1.cloudfront.net/");
        assert_eq!(address("https://d1.cloudfront.net/"), "https://d1.cloudfront.net/");
        assert_eq!(address("https://http://127.0.0.1:9/Web/"), "http://127.0.0.1:9/Web/");
    }
}
