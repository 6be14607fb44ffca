//! SNS: topics and who asked to be told.

use super::{
    inventory::Live,
    naming::uuid,
    request::Refusal,
    session::{Answer, Session},
    xml::Xml,
};

const PER_PAGE: usize = 100;

struct Subscription {
    protocol: String,
    endpoint: String,
    is_confirmed: bool,
}

fn topic(session: &mut Session<'_>) -> Result<Live, Refusal> {
    let arn = session.request.required("TopicArn")?;
    let missing = || Refusal::new(404, "NotFound", "Topic does not exist");
    session.inventory().find("AWS::SNS::Topic", arn).cloned().ok_or_else(missing)
}

/// Those of the stacks, those written into the topic, and those people made. Who is not a machine of the account has to
/// confirm first.
fn subscriptions(session: &mut Session<'_>, topic: &Live) -> Vec<Subscription> {
    let inventory = session.inventory();
    let made = |protocol: &str, endpoint: &str| Subscription {
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        is_confirmed: matches!(protocol, "lambda" | "sqs" | "firehose" | "application"),
    };
    let inline = topic.get("Subscription").and_then(serde_json::Value::as_array).into_iter().flatten();
    let text = |value: &serde_json::Value, name: &str| {
        value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let mut all: Vec<Subscription> = inline.map(|one| made(&text(one, "Protocol"), &text(one, "Endpoint"))).collect();
    let resources = inventory.of("AWS::SNS::Subscription").filter(|live| live.text("TopicArn") == Some(topic.id()));
    all.extend(
        resources
            .map(|live| made(live.text("Protocol").unwrap_or_default(), live.text("Endpoint").unwrap_or_default())),
    );
    let name = topic.id().rsplit(':').next().unwrap_or_default();
    for seed in session.place().outside.subscriptions.iter().filter(|seed| seed.topic == name) {
        // A seed about a subscription of a stack says whether it was confirmed.
        match all.iter_mut().find(|one| one.protocol == seed.protocol && one.endpoint == seed.endpoint) {
            Some(known) => known.is_confirmed = seed.is_confirmed,
            None => all.push(Subscription {
                protocol: seed.protocol.clone(),
                endpoint: seed.endpoint.clone(),
                is_confirmed: seed.is_confirmed,
            }),
        }
    }
    all
}

pub(super) fn attributes(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let topic = topic(session)?;
    let all = subscriptions(session, &topic);
    let confirmed = all.iter().filter(|one| one.is_confirmed).count();
    let mut pairs = vec![
        ("TopicArn", topic.id().to_owned()),
        ("Owner", topic.account.clone()),
        ("DisplayName", topic.text("DisplayName").unwrap_or_default().to_owned()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        ("SubscriptionsPending", (all.len() - confirmed).to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
    ];
    pairs.extend(topic.text("KmsMasterKeyId").map(|key| ("KmsMasterKeyId", key.to_owned())));
    let entries = pairs.into_iter().map(|(key, value)| Xml::new().text("key", key).text("value", value));
    Ok(Answer::Result(Xml::new().items("Attributes", "entry", entries)))
}

pub(super) fn subscriptions_by_topic(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let topic = topic(session)?;
    let all = subscriptions(session, &topic);
    let (page, token) = session.page(all, PER_PAGE)?;
    let members = page.into_iter().map(|one| {
        let arn = format!("{}:{}", topic.id(), uuid(&[topic.id(), &one.protocol, &one.endpoint]));
        Xml::new()
            .text("SubscriptionArn", if one.is_confirmed { arn.as_str() } else { "PendingConfirmation" })
            .text("Owner", &topic.account)
            .text("Protocol", &one.protocol)
            .text("Endpoint", &one.endpoint)
            .text("TopicArn", topic.id())
    });
    Ok(Answer::Result(Xml::new().list("Subscriptions", members).maybe("NextToken", token)))
}
