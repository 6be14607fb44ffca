//! Which files are taken as evidence, judged by their content: a name can say anything.

/// Larger files belong where a link can point to.
pub const LARGEST: usize = 1 << 20;
const LONGEST_NAME: usize = 120;

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than 1 MiB")]
    TooLarge,
    #[error(
        "the file is neither a picture (PNG, JPEG, GIF, WebP), nor a PDF, nor plain text (txt, log, csv, json, md)"
    )]
    UnknownType,
    #[error("the content is not what the file's name says")]
    OtherContent,
}

const PICTURES: [(&[u8], &str, &[&str]); 4] = [
    (b"\x89PNG\r\n\x1a\n", "image/png", &["png"]),
    (b"\xff\xd8\xff", "image/jpeg", &["jpg", "jpeg"]),
    (b"GIF8", "image/gif", &["gif"]),
    (b"%PDF-", "application/pdf", &["pdf"]),
];
/// Texts are given out as what no browser runs, whatever they hold.
const TEXTS: [(&str, &str); 5] = [
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/plain"),
    ("csv", "text/csv"),
    ("json", "application/json"),
];

/// The media type of a file, from its content; its name must agree.
///
/// # Errors
/// When it is none of those taken.
pub fn media_type(name: &str, bytes: &[u8]) -> Result<&'static str, Unfit> {
    if bytes.is_empty() {
        return Err(Unfit::Empty);
    }
    if bytes.len() > LARGEST {
        return Err(Unfit::TooLarge);
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known = PICTURES.iter().find(|(magic, ..)| bytes.starts_with(magic)).map(|(_, media, ends)| (*media, *ends));
    let known = known.or(webp.then_some(("image/webp", &["webp"] as &[&str])));
    if let Some((media, ends)) = known {
        return if ends.contains(&extension.as_str()) { Ok(media) } else { Err(Unfit::OtherContent) };
    }
    let (_, media) = TEXTS.into_iter().find(|(end, _)| *end == extension).ok_or(Unfit::UnknownType)?;
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(media),
        _ => Err(Unfit::OtherContent),
    }
}

/// A file's name without folders and without what could end a header or a page.
pub fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String =
        base.chars().map(|c| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
    let kept = kept.trim_matches(['.', ' ']);
    let length = kept.chars().count();
    // The end says the type, so the beginning is what gives way.
    let name: String = kept.chars().skip(length.saturating_sub(LONGEST_NAME)).collect();
    if name.is_empty() { "evidence".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says_and_its_name_must_agree() {
        let png = b"\x89PNG\r\n\x1a\n....".as_slice();
        let webp = b"RIFF\x00\x00\x00\x00WEBPVP8 ".as_slice();
        let table: &[(&str, &[u8], Result<&str, Unfit>)] = &[
            ("a.png", png, Ok("image/png")),
            ("A.PNG", png, Ok("image/png")),
            ("a.webp", webp, Ok("image/webp")),
            ("a.pdf", b"%PDF-1.7", Ok("application/pdf")),
            ("a.csv", b"a,b\n1,2\n", Ok("text/csv")),
            ("a.log", "Größe".as_bytes(), Ok("text/plain")),
            ("a.txt", png, Err(Unfit::OtherContent)),
            ("a.png", b"<script>", Err(Unfit::UnknownType)),
            ("a.html", b"<p>", Err(Unfit::UnknownType)),
            ("a.svg", b"<svg/>", Err(Unfit::UnknownType)),
            ("a", b"text", Err(Unfit::UnknownType)),
            ("a.txt", b"\xff\xfe", Err(Unfit::OtherContent)),
            ("a.txt", b"a\0b", Err(Unfit::OtherContent)),
            ("a.txt", b"", Err(Unfit::Empty)),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(media_type(name, bytes), *expected, "{name}");
        }
        assert_eq!(media_type("a.txt", &vec![b'a'; LARGEST]), Ok("text/plain"));
        assert_eq!(media_type("a.txt", &vec![b'a'; LARGEST + 1]), Err(Unfit::TooLarge));
    }

    #[test]
    fn a_name_cannot_leave_its_place() {
        let table = [
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\fakepath\\shot.png", "shot.png"),
            ("a\"; filename=\"b.html", "a__ filename__b.html"),
            ("line\r\nbreak.txt", "line__break.txt"),
            ("..", "evidence"),
            ("", "evidence"),
        ];
        for (name, expected) in table {
            assert_eq!(safe_name(name), expected, "{name}");
        }
        assert!(safe_name(&format!("{}.png", "x".repeat(300))).ends_with("x.png"));
    }
}
