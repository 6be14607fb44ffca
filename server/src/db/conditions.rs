//! What the list and the count of one table have in common: which rows are meant.

use sqlx::{Any, any::AnyRow, query::Query};

use super::{Connection, DbError, Page, to_count};

/// Conditions that all must hold, with their values in the order of their places.
#[derive(Default)]
pub(super) struct Conditions {
    clauses: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    /// The place of a value in the statement.
    fn place(&mut self, value: impl Into<String>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// `column` has the value, where there is one.
    pub(super) fn equal(&mut self, column: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.is_empty()) {
            let place = self.place(value);
            self.clauses.push(format!("{column} = {place}"));
        }
    }

    /// `column` contains the text, whatever the case of its letters.
    pub(super) fn contains(&mut self, column: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let place = self.place(format!("%{}%", text.to_lowercase()));
            self.clauses.push(format!("LOWER({column}) LIKE {place}"));
        }
    }

    /// `column` is a number from the first to before the last, as far as they are given.
    pub(super) fn between(&mut self, column: &str, first: Option<i64>, last: Option<i64>) {
        self.clauses.extend(first.map(|first| format!("{column} >= {first}")));
        self.clauses.extend(last.map(|last| format!("{column} < {last}")));
    }

    /// `column` has one of the values; without any, nothing is meant.
    pub(super) fn one_of(&mut self, column: &str, values: &[String]) {
        let places: Vec<String> = values.iter().map(|value| self.place(value)).collect();
        let alternatives: Vec<String> = places.iter().map(|place| format!("{column} = {place}")).collect();
        self.any_of(&alternatives);
    }

    /// Application and environment are one of the pairs; without any, nothing is meant.
    pub(super) fn in_places(&mut self, places: &[(String, String)]) {
        let mut alternatives = Vec::new();
        for (application, environment) in places {
            let (application, environment) = (self.place(application), self.place(environment));
            alternatives.push(format!("(application = {application} AND environment = {environment})"));
        }
        self.any_of(&alternatives);
    }

    fn any_of(&mut self, alternatives: &[String]) {
        let clause = if alternatives.is_empty() { "1 = 0".to_owned() } else { alternatives.join(" OR ") };
        self.clauses.push(format!("({clause})"));
    }

    fn text(&self) -> String {
        if self.clauses.is_empty() { "1 = 1".to_owned() } else { self.clauses.join(" AND ") }
    }

    /// `SELECT {columns} FROM {table} WHERE … {order}`, one page of it.
    pub(super) async fn rows(
        &self,
        connection: &mut Connection,
        (columns, table, order): (&str, &str, &str),
        page: Page,
    ) -> Result<Vec<AnyRow>, DbError> {
        let (limit, offset) = (self.values.len() + 1, self.values.len() + 2);
        let sql =
            format!("SELECT {columns} FROM {table} WHERE {} {order} LIMIT ${limit} OFFSET ${offset}", self.text());
        let query = self.bound(sqlx::query(sqlx::AssertSqlSafe(sql)));
        Ok(query.bind(page.limit).bind(page.offset).fetch_all(connection).await?)
    }

    pub(super) async fn count(&self, connection: &mut Connection, table: &str) -> Result<u64, DbError> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {}", self.text());
        let row = self.bound(sqlx::query(sqlx::AssertSqlSafe(sql))).fetch_one(connection).await?;
        Ok(to_count(sqlx::Row::try_get(&row, 0)?))
    }

    fn bound<'q>(&self, mut query: Query<'q, Any, sqlx::any::AnyArguments>) -> Query<'q, Any, sqlx::any::AnyArguments> {
        for value in &self.values {
            query = query.bind(value.clone());
        }
        query
    }
}
