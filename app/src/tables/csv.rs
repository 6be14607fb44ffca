//! Comma-separated values as in RFC 4180, safe to open in a spreadsheet.

/// One line of a file.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&harmless(cell))).collect();
    format!("{}\r\n", cells.join(","))
}

/// Spreadsheets run what begins like a formula; an apostrophe makes it text. Plain negative numbers stay numbers.
fn harmless(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && cell.parse::<f64>().is_err();
    if is_formula { format!("'{cell}") } else { cell }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::line;

    fn of(cells: &[&str]) -> String {
        line(cells.iter().map(|cell| (*cell).to_owned()))
    }

    #[test]
    fn separators_quotes_and_line_breaks_stay_inside_their_cell() {
        assert_eq!(of(&["a,b", "say \"hi\"", "one\ntwo", ""]), "\"a,b\",\"say \"\"hi\"\"\",\"one\ntwo\",\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(
            of(&["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1"]),
            "'=1+1,'@SUM(A1),'+cmd|' /C calc'!A0,'-2+3,'\t=1\r\n"
        );
        assert_eq!(of(&["=HYPERLINK(\"http://x\",\"y\")"]), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
        assert_eq!(of(&["-5", "3.5", "1.4.0"]), "-5,3.5,1.4.0\r\n");
    }
}
