//! One request being answered, and the table of what can be asked at all.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    SandboxOptions, change_sets, identity, objects,
    request::{Refusal, Request},
    stacks,
    state::{Place, State},
    xml::Xml,
};

pub(super) struct Session<'a> {
    pub(super) state: &'a mut State,
    pub(super) request: &'a Request,
    pub(super) options: &'a SandboxOptions,
    pub(super) now: Timestamp,
}

pub(super) enum Answer {
    /// The result element of an awsQuery operation.
    Result(Xml),
    /// An S3 answer without a body.
    Object { etag: String, size: Option<usize>, metadata: BTreeMap<String, String> },
}

type Handler = fn(&mut Session<'_>) -> Result<Answer, Refusal>;

pub(super) struct Operation {
    pub(super) service: &'static str,
    pub(super) name: &'static str,
    /// A repeated or lost call leaves nothing behind.
    pub(super) is_read: bool,
    pub(super) handler: Handler,
}

const fn reads(service: &'static str, name: &'static str, handler: Handler) -> Operation {
    Operation { service, name, is_read: true, handler }
}

const fn writes(service: &'static str, name: &'static str, handler: Handler) -> Operation {
    Operation { service, name, is_read: false, handler }
}

/// Exactly what the adapters use. Anything else is refused by name, so that a new call cannot seem to work.
pub(super) const OPERATIONS: [Operation; 13] = [
    writes("cloudformation", "CreateChangeSet", change_sets::create),
    writes("cloudformation", "DeleteChangeSet", change_sets::delete),
    writes("cloudformation", "DeleteStack", stacks::delete),
    reads("cloudformation", "DescribeChangeSet", change_sets::describe),
    reads("cloudformation", "DescribeStackEvents", stacks::events),
    reads("cloudformation", "DescribeStacks", stacks::describe),
    writes("cloudformation", "ExecuteChangeSet", change_sets::execute),
    reads("cloudformation", "GetTemplate", stacks::template),
    reads("cloudformation", "ListExports", stacks::exports),
    reads("s3", "HeadObject", objects::head),
    writes("s3", "PutObject", objects::put),
    reads("sts", "AssumeRole", identity::assume_role),
    reads("sts", "GetCallerIdentity", identity::caller),
];

pub(super) fn operation(request: &Request) -> Result<&'static Operation, Refusal> {
    let found = OPERATIONS.iter().find(|known| known.service == request.service && known.name == request.operation);
    found.ok_or_else(|| {
        let Request { service, operation, .. } = request;
        Refusal::new(400, "InvalidAction", format!("The sandbox does not know {service}:{operation}."))
    })
}

impl<'a> Session<'a> {
    pub(super) fn place(&mut self) -> &mut Place {
        self.state.place(&self.request.account, &self.request.region)
    }

    pub(super) fn here(&self) -> (&'a str, &'a str) {
        (&self.request.account, &self.request.region)
    }

    /// A number no other answer of this world has had.
    pub(super) fn next(&mut self) -> u64 {
        self.state.serial += 1;
        self.state.serial
    }

    /// Values of all exports of the place.
    pub(super) fn export_values(&mut self) -> BTreeMap<String, String> {
        self.place().exports().map(|(name, value, _)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The page a request asks for and the token of the next one. Tokens name their operation, as a token of one is
    /// refused by another.
    pub(super) fn page<T>(&self, items: Vec<T>, size: usize) -> Result<(Vec<T>, Option<String>), Refusal> {
        let operation = self.request.operation.as_str();
        let from = match self.request.argument("NextToken") {
            None => 0,
            Some(token) => token
                .split_once(':')
                .filter(|(of, _)| *of == operation)
                .and_then(|(_, from)| from.parse::<usize>().ok())
                .ok_or_else(|| Refusal::validation("Invalid NextToken"))?,
        };
        let more = items.len() > from.saturating_add(size);
        let page = items.into_iter().skip(from).take(size).collect();
        Ok((page, more.then(|| format!("{operation}:{}", from + size))))
    }
}
