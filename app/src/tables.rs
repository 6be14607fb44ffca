//! What tables are made of: one description of the columns of each. Its header, what it can be sorted by, the choice of
//! columns and the CSV file all come from it.

pub mod audit;
mod csv;
pub mod deployments;
pub mod events;
pub mod releases;
pub mod stacks;

use leptos::prelude::AnyView;

use crate::{query::Query, views::Sort};

/// Asks for the columns a table has by default, where others are remembered.
pub const DEFAULT_COLUMNS: &str = "default";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Names the row: cannot be left out.
    Always,
    ByDefault,
    WhenChosen,
}

pub struct Column<R> {
    /// In addresses; the same as in the statements that sort by it.
    pub id: &'static str,
    pub title: &'static str,
    pub shown: Shown,
    pub is_sortable: bool,
    pub class: &'static str,
    pub cell: fn(&R) -> AnyView,
    /// How a cell reads in a file.
    pub text: fn(&R) -> String,
}

pub struct Table<R: 'static> {
    /// In file names and in the browser's memory of chosen columns.
    pub id: &'static str,
    pub caption: &'static str,
    /// Before this table's names in the query, where a page has several.
    pub prefix: &'static str,
    pub columns: &'static [Column<R>],
    /// As in an address: `-requested`. Empty: an order of its own that no column has.
    pub sort: &'static str,
}

impl Sort {
    /// `requested` or, descending, `-requested`.
    pub fn parse(text: &str) -> Self {
        let column = text.strip_prefix('-');
        Self { is_descending: column.is_some(), column: column.unwrap_or(text).to_owned() }
    }
}

impl<R> Table<R> {
    /// A name of this table in the query.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The cookie in which a browser remembers the chosen columns.
    pub fn cookie(&self) -> String {
        format!("columns.{}", self.id)
    }

    /// What the rows are sorted by: what the address says, where that is possible.
    pub fn sort(&self, query: &Query) -> Option<Sort> {
        let can = |sort: &Sort| self.columns.iter().any(|column| column.is_sortable && column.id == sort.column);
        let wanted = query.get(&self.name("sort")).map(Sort::parse).filter(can);
        wanted.or_else(|| (!self.sort.is_empty()).then(|| Sort::parse(self.sort)))
    }

    pub fn page(&self, query: &Query) -> u32 {
        query.page(&self.name("page"))
    }

    /// The columns the address names, in the table's order; `None` where it names none.
    pub fn chosen(&self, query: &Query) -> Option<Vec<&'static Column<R>>> {
        let name = self.name("columns");
        let wanted: Vec<&str> = query.all(&name).collect();
        (!wanted.is_empty() && wanted != [DEFAULT_COLUMNS]).then(|| self.pick(&wanted))
    }

    /// The columns to show: as the address says, else as the browser remembers, else the usual ones.
    pub fn shown(&self, query: &Query, remembered: Option<&str>) -> Vec<&'static Column<R>> {
        if let Some(chosen) = self.chosen(query) {
            return chosen;
        }
        let is_asked = query.get(&self.name("columns")).is_some();
        match remembered.filter(|_| !is_asked) {
            Some(remembered) => self.pick(&remembered.split('.').collect::<Vec<_>>()),
            None => self.columns.iter().filter(|column| column.shown != Shown::WhenChosen).collect(),
        }
    }

    fn pick(&self, ids: &[&str]) -> Vec<&'static Column<R>> {
        self.columns.iter().filter(|column| column.shown == Shown::Always || ids.contains(&column.id)).collect()
    }

    /// The rows as a file: every column, or those the address names.
    pub fn csv(&self, query: &Query, rows: &[R]) -> String {
        let columns = self.chosen(query).unwrap_or_else(|| self.columns.iter().collect());
        let mut file = csv::line(columns.iter().map(|column| column.title.to_owned()));
        for row in rows {
            file.push_str(&csv::line(columns.iter().map(|column| (column.text)(row))));
        }
        file
    }
}

/// Times in files: exact, sortable as text.
fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use leptos::prelude::IntoAny as _;

    use super::*;

    const fn column(id: &'static str, shown: Shown, is_sortable: bool) -> Column<&'static str> {
        Column { id, title: id, shown, is_sortable, class: "", cell: |_| ().into_any(), text: |row| (*row).to_owned() }
    }

    static COLUMNS: [Column<&'static str>; 4] = [
        column("name", Shown::Always, true),
        column("usual", Shown::ByDefault, false),
        column("other", Shown::ByDefault, true),
        column("extra", Shown::WhenChosen, true),
    ];

    static TABLE: Table<&'static str> =
        Table { id: "things", caption: "Things", prefix: "", columns: &COLUMNS, sort: "-name" };

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn ids(columns: &[&Column<&'static str>]) -> String {
        columns.iter().map(|column| column.id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_sortable_columns_sort() {
        let sort = |text: &str| TABLE.sort(&query(&[("sort", text)])).map(|s| (s.column, s.is_descending)).unwrap();
        assert_eq!(sort("extra"), ("extra".to_owned(), false));
        assert_eq!(sort("-other"), ("other".to_owned(), true));
        for wrong in ["usual", "nonsense", "name; DROP TABLE x", "--name", ""] {
            assert_eq!(sort(wrong), ("name".to_owned(), true), "{wrong}");
        }
    }

    #[test]
    fn the_address_wins_over_what_is_remembered_and_the_name_of_a_row_stays() {
        let shown = |pairs: &[(&str, &str)], remembered| ids(&TABLE.shown(&query(pairs), remembered));
        assert_eq!(shown(&[], None), "name usual other");
        assert_eq!(shown(&[], Some("extra.nonsense")), "name extra");
        assert_eq!(shown(&[("columns", "extra"), ("columns", "usual")], Some("other")), "name usual extra");
        assert_eq!(shown(&[("columns", "default")], Some("extra")), "name usual other");
    }

    #[test]
    fn a_file_holds_every_column_unless_some_are_named() {
        assert_eq!(TABLE.csv(&Query::default(), &["a"]), "name,usual,other,extra\r\na,a,a,a\r\n");
        assert_eq!(TABLE.csv(&query(&[("columns", "extra")]), &["a"]), "name,extra\r\na,a\r\n");
    }
}
