//! `.br` and `.gz` beside every file that gets smaller by them.

use std::io::Write as _;

use super::Files;
use crate::failure::{Context as _, Result};

const TEXTUAL: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

pub fn add_siblings(files: &mut Files) -> Result<()> {
    let mut siblings = Files::new();
    for (name, content) in files.iter() {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if !TEXTUAL.contains(&extension) {
            continue;
        }
        for (suffix, packed) in [("br", brotli(content)?), ("gz", gzip(content)?)] {
            if packed.len() < content.len() {
                siblings.insert(format!("{name}.{suffix}"), packed);
            }
        }
    }
    files.append(&mut siblings);
    Ok(())
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, size_hint: content.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)
        .doing(|| "compressing with brotli".to_owned())?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).doing(|| "compressing with gzip".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gets_smaller_siblings_and_images_none() {
        let mut files = Files::from([
            ("style.css".to_owned(), "a { color: red }\n".repeat(50).into_bytes()),
            ("tiny.txt".to_owned(), b"x".to_vec()),
            ("icon.png".to_owned(), vec![0; 500]),
        ]);
        add_siblings(&mut files).unwrap();
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(names, ["icon.png", "style.css", "style.css.br", "style.css.gz", "tiny.txt"]);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &files["style.css.br"][..], &mut unpacked).unwrap();
        assert_eq!(unpacked, files["style.css"]);
    }
}
