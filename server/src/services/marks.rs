//! What people do to items of a checklist: tick, waive, reopen, note, attach, give to somebody.

use app::ports::{Caller, NewMark};
use domain::{
    checklist::{
        EvidenceFile, ItemMark, MarkKind,
        evidence::{Unfit, media_type, safe_name},
    },
    deployment::{Deployment, Event},
    digest::Digest,
    permission::{Action, decide_item},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    ServiceError, Services,
    acts::{person, subject, text},
    authorise::{audit_event, scope_of},
    engine::Along,
};

/// Longest link that is kept.
const LONGEST_LINK: usize = 2000;

impl Services {
    pub(super) async fn mark(&self, caller: &Caller, id: Uuid, item: &str, mark: NewMark) -> Result<(), ServiceError> {
        let deployment = self.load(id).await?;
        let (blueprint, environment) = self.place(&deployment.application, &deployment.environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(ServiceError::NotFound("This deployment".to_owned()));
        }
        let text_id = id.to_string();
        let subject = subject(&deployment, &environment, &text_id);
        let kind = mark.kind;
        if kind == MarkKind::Waived {
            self.authorise(caller, Action::WaiveItem, subject).await?;
        } else {
            let definition = deployment.checklist.item(item);
            let role = definition.ok_or_else(|| ServiceError::NotFound(format!("Checklist item {item}")))?.role();
            let decision = decide_item(&caller.actor, role, scope_of(subject), self.clock.now());
            self.enforce(decision, caller, Action::TickItem, subject).await?;
        }
        let (file, bytes) = match mark.file {
            None => (None, None),
            Some(file) => (Some(evidence_file(&file.name, &file.bytes)?), Some(file.bytes)),
        };
        let stored = ItemMark {
            item: item.to_owned(),
            kind,
            by: person(caller),
            at: self.clock.now(),
            note: text("note", &mark.note)?,
            link: link(&mark.link)?,
            file,
            expires_at: mark.expires_on.filter(|_| kind == MarkKind::Waived).map(end_of).transpose()?,
        };
        let detail = mark_detail(&stored);
        let event = Event::ItemMarked { mark: stored, seen: mark.seen };
        let audit = |after: &Deployment| {
            let mut detail = detail.clone();
            if let Some(map) = detail.as_object_mut() {
                map.insert("state".to_owned(), Value::String(after.state.name().to_owned()));
            }
            audit_event(caller, kind.act(), subject, detail)
        };
        let along = Along { evidence: bytes, ..Along::default() };
        let outcome = self.apply(id, &event, &along, audit).await;
        self.told(caller, kind.act(), subject, outcome).await
    }

    /// A file that was attached to an item of this deployment.
    pub(super) async fn evidence(
        &self,
        caller: &Caller,
        id: Uuid,
        digest: &str,
    ) -> Result<(EvidenceFile, Vec<u8>), ServiceError> {
        let missing = || ServiceError::NotFound("This file".to_owned());
        let deployment = self.load(id).await?;
        let (blueprint, environment) = self.place(&deployment.application, &deployment.environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(missing());
        }
        // Only what hangs on this deployment: the same store holds templates and assets.
        let file = deployment.marks.iter().filter_map(|m| m.file.as_ref()).find(|f| f.digest.as_str() == digest);
        let file = file.ok_or_else(missing)?.clone();
        let mut connection = self.db.read().await?;
        let bytes = crate::db::blobs::find(&mut connection, &file.digest).await?.ok_or_else(missing)?;
        Ok((file, bytes))
    }
}

fn mark_detail(mark: &ItemMark) -> Value {
    let mut detail = json!({ "item": mark.item, "note": mark.note });
    if let Some(map) = detail.as_object_mut() {
        if let Some(link) = &mark.link {
            map.insert("link".to_owned(), json!(link));
        }
        if let Some(file) = &mark.file {
            map.insert("file".to_owned(), json!(file.name));
            map.insert("file_digest".to_owned(), json!(file.digest));
        }
        if let Some(at) = mark.expires_at {
            map.insert("expires_at".to_owned(), json!(at));
        }
    }
    detail
}

fn evidence_file(name: &str, bytes: &[u8]) -> Result<EvidenceFile, ServiceError> {
    let name = safe_name(name);
    let media_type = media_type(&name, bytes).map_err(|unfit| {
        let advice = match unfit {
            Unfit::TooLarge => "Put it where a link can point to it, and give the link.",
            Unfit::OtherContent => "Give the file the name that fits its content.",
            Unfit::Empty | Unfit::UnknownType => "Choose another file, or give a link to it.",
        };
        ServiceError::rejected("file", format!("Nothing was stored: {unfit}. {advice}"))
    })?;
    Ok(EvidenceFile {
        name,
        media_type: media_type.to_owned(),
        size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        digest: Digest::of_bytes(bytes),
    })
}

fn link(text: &str) -> Result<Option<String>, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
    if !is_web || text.len() > LONGEST_LINK {
        return Err(ServiceError::rejected("link", "A link begins with https:// or http:// and is one address."));
    }
    Ok(Some(text.to_owned()))
}

/// A waiver holds to the end of its last day, in UTC.
fn end_of(day: Date) -> Result<Timestamp, ServiceError> {
    let end = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC)).map(|zoned| zoned.timestamp());
    end.map_err(|_| ServiceError::rejected("expires_on", "This day is too far away."))
}
