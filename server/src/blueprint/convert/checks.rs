//! Checks.

use domain::{
    blueprint::{
        Assertion, CheckDefinition, CheckKind, HttpCheck,
        checks::{
            AlarmCheck, BackupCheck, BudgetCheck, CostCheck, CostPeriod, CountCheck, DashboardCheck, DriftCheck,
            LogErrorsCheck, LogRetentionCheck, MetricCheck, Preflight, Quantifier, SavedQueryCheck, SecretCheck,
            Selection, ServiceCheck, TopicCheck,
        },
    },
    check::Severity,
};

use super::super::document::{
    AccountSection, AlarmSection, AlarmWord, AssertionSection, CheckKindSection, CheckSection, CostPeriodWord,
    CostSection, HttpSection, MethodWord, MetricSection, QuantifierWord, SecretSection, SelectSection, ServiceSection,
    SeverityWord,
};

pub fn check(section: CheckSection) -> CheckDefinition {
    CheckDefinition {
        id: section.id,
        title: section.title,
        severity: match section.severity {
            SeverityWord::Error => Severity::Error,
            SeverityWord::Warning => Severity::Warning,
        },
        environments: section.environments,
        retries: section.retries,
        retry_delay_secs: section.retry_delay_secs,
        kind: check_kind(section.kind),
    }
}

fn check_kind(section: CheckKindSection) -> CheckKind {
    match section {
        CheckKindSection::StackStatus { stack } => CheckKind::StackStatus { stack },
        CheckKindSection::StackOutput { stack, output, starts_with } => {
            CheckKind::StackOutput { stack, output, starts_with }
        }
        CheckKindSection::Http(section) => CheckKind::Http(http(*section)),
        CheckKindSection::Resource(section) => CheckKind::Resource(service(section)),
        CheckKindSection::ResourceCount(s) => {
            CheckKind::ResourceCount(CountCheck { select: select(s.select), min: s.min, max: s.max })
        }
        CheckKindSection::Secret(section) => CheckKind::Secret(secret(section)),
        CheckKindSection::Alarm(section) => CheckKind::Alarm(alarm(section)),
        CheckKindSection::Metric(section) => CheckKind::Metric(metric(section)),
        CheckKindSection::Dashboard(s) => CheckKind::Dashboard(DashboardCheck {
            select: select(s.select),
            min_widgets: s.min_widgets,
            refused_texts: s.without,
        }),
        CheckKindSection::Topic(s) => CheckKind::Topic(TopicCheck {
            select: select(s.select),
            min_subscriptions: s.min_subscriptions,
            allows_pending: s.allow_pending,
        }),
        CheckKindSection::LogRetention(s) => CheckKind::LogRetention(LogRetentionCheck {
            select: select(s.select),
            min_days: s.min_days,
            max_days: s.max_days,
        }),
        CheckKindSection::LogErrors(s) => CheckKind::LogErrors(LogErrorsCheck {
            select: select(s.select),
            pattern: s.pattern,
            window_minutes: s.window_minutes,
            max: s.max,
        }),
        CheckKindSection::SavedQuery(s) => CheckKind::SavedQuery(SavedQueryCheck {
            select: select(s.select),
            events_within_hours: s.events_within_hours,
        }),
        CheckKindSection::Database(section) => CheckKind::Database(service(section)),
        CheckKindSection::Cache(section) => CheckKind::Cache(service(section)),
        CheckKindSection::Distribution(section) => CheckKind::Distribution(service(section)),
        CheckKindSection::WebAcl(section) => CheckKind::WebAcl(service(section)),
        CheckKindSection::Trail(section) => CheckKind::Trail(account(section)),
        CheckKindSection::FlowLog(section) => CheckKind::FlowLog(service(section)),
        CheckKindSection::Detector(section) => CheckKind::Detector(account(section)),
        CheckKindSection::Backup(s) => CheckKind::Backup(BackupCheck {
            select: select(s.select),
            min_retention_days: s.min_retention_days,
            restorable_within_minutes: s.restorable_within_minutes,
            snapshot_within_hours: s.snapshot_within_hours,
        }),
        CheckKindSection::Drift { stack, min_coverage_percent } => {
            CheckKind::Drift(DriftCheck { stack, min_coverage_percent })
        }
        CheckKindSection::Budget(s) => CheckKind::Budget(BudgetCheck {
            min_budgets: s.min_budgets,
            max_used_percent: s.max_used_percent,
            max_forecast_percent: s.max_forecast_percent,
        }),
        CheckKindSection::Cost(section) => CheckKind::Cost(cost(section)),
    }
}

fn select(section: SelectSection) -> Selection {
    Selection {
        stack: section.stack,
        logical_id: section.logical_id,
        resource_type: section.resource_type,
        output: section.output,
        tags: section.tags,
    }
}

fn quantifier(word: QuantifierWord) -> Quantifier {
    match word {
        QuantifierWord::Every => Quantifier::Every,
        QuantifierWord::Any => Quantifier::Any,
    }
}

fn service(section: ServiceSection) -> ServiceCheck {
    ServiceCheck {
        select: Some(select(section.select)),
        quantifier: quantifier(section.quantifier),
        assertions: assertions(section.properties),
    }
}

fn account(section: AccountSection) -> ServiceCheck {
    ServiceCheck {
        select: None,
        quantifier: quantifier(section.quantifier),
        assertions: assertions(section.properties),
    }
}

fn secret(section: SecretSection) -> SecretCheck {
    SecretCheck {
        select: select(section.select),
        fields: section.fields,
        starts_with: section.starts_with,
        refuses_placeholders: section.no_placeholder,
        generated: section.any_value,
        refuses_first_value: section.replaced,
        min_length: section.min_length,
        max_age_days: section.max_age_days,
        rotates_within_days: section.rotates_within_days,
    }
}

fn alarm(section: AlarmSection) -> AlarmCheck {
    let state = |word: &AlarmWord| match word {
        AlarmWord::Ok => "OK",
        AlarmWord::Alarm => "ALARM",
        AlarmWord::InsufficientData => "INSUFFICIENT_DATA",
    };
    AlarmCheck {
        select: select(section.select),
        needs_action: section.action,
        data_within_minutes: section.data_within_minutes,
        states: section.states.iter().map(|word| state(word).to_owned()).collect(),
    }
}

fn metric(section: MetricSection) -> MetricCheck {
    MetricCheck {
        namespace: section.namespace,
        metric: section.metric,
        dimensions: section.dimensions,
        statistic: section.statistic,
        window_minutes: section.window_minutes,
        region: section.region,
        unit: section.unit,
        min: section.min,
        max: section.max,
    }
}

fn cost(section: CostSection) -> CostCheck {
    CostCheck {
        period: match section.period {
            CostPeriodWord::MonthToDate => CostPeriod::MonthToDate,
            CostPeriodWord::LastMonth => CostPeriod::LastMonth,
        },
        tag: section.tag_key.zip(section.tag_value),
        service: section.service,
        min: section.min,
        max: section.max,
    }
}

fn http(section: HttpSection) -> HttpCheck {
    HttpCheck {
        url: section.url,
        method: match section.method {
            MethodWord::Get => "GET",
            MethodWord::Head => "HEAD",
            MethodWord::Options => "OPTIONS",
            MethodWord::Post => "POST",
        }
        .to_owned(),
        request_headers: section.request_headers,
        request_body: section.request_body,
        status: section.status,
        warn_status: section.warn_status,
        headers: section.headers,
        any_header: section.any_header,
        absent_headers: section.absent_headers,
        json: assertions(section.json),
        body_contains: section.body_contains,
        is_compressed: section.compressed,
        follows_redirects: section.follow_redirects,
        redirects_to: section.redirects_to,
        preflight: section.preflight.map(|p| Preflight { origin: p.origin, method: p.method, headers: p.headers }),
        max_latency_ms: section.max_latency_ms,
        timeout_secs: section.timeout_secs,
    }
}

fn assertions(sections: Vec<AssertionSection>) -> Vec<Assertion> {
    let assertion = |a: AssertionSection| Assertion {
        pointer: a.pointer,
        equals: a.equals,
        one_of: a.one_of,
        contains: a.contains,
        starts_with: a.starts_with,
        matches: a.matches,
        min: a.min,
        max: a.max,
        min_items: a.min_items,
        is_absent: a.absent,
    };
    sections.into_iter().map(assertion).collect()
}
