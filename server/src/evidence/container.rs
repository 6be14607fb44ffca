//! The container of a bundle: a ZIP file of which there is exactly one form for given contents.
//!
//! Written by hand instead of with a library because the bytes themselves are evidence: files are stored uncompressed, in
//! order, with one fixed time, no comments, no extra fields and nothing between or after them. Every byte of the container
//! follows from the contents, so a reader can say of every byte whether it is right, today and with any later version.
//! Any ZIP tool can open it.

use std::{
    collections::BTreeSet,
    io::{Read, Seek, SeekFrom},
};

use flate2::Crc;

/// Most files in one container.
const MAX_FILES: usize = 10_000;
/// Longest name of a file.
const MAX_NAME: usize = 200;
const LOCAL_HEADER: usize = 30;
const CENTRAL_HEADER: usize = 46;
const END: usize = 22;

/// Writes a container piece by piece: whoever streams it need not hold it.
#[derive(Default)]
pub struct Packer {
    entries: Vec<Entry>,
    written: u64,
}

/// What the headers say about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub size: u32,
    crc: u32,
    offset: u32,
}

/// The form has room for four gigabytes, and a name must be plain.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} does not fit into the container")]
pub struct DoesNotFit(String);

impl Packer {
    /// The bytes of the next file, header included.
    pub fn file(&mut self, name: &str, content: &[u8]) -> Result<Vec<u8>, DoesNotFit> {
        let no_room = || DoesNotFit(name.to_owned());
        let known = self.entries.iter().any(|e| e.name == name);
        if known || problem_of_name(name).is_some() || self.entries.len() >= MAX_FILES {
            return Err(no_room());
        }
        let mut crc = Crc::new();
        crc.update(content);
        let entry = Entry {
            name: name.to_owned(),
            size: u32::try_from(content.len()).map_err(|_| no_room())?,
            crc: crc.sum(),
            offset: u32::try_from(self.written).map_err(|_| no_room())?,
        };
        let mut bytes = local_header(&entry);
        bytes.extend_from_slice(content);
        self.written += bytes.len() as u64;
        self.entries.push(entry);
        Ok(bytes)
    }

    /// The bytes after the last file.
    pub fn finish(self) -> Result<Vec<u8>, DoesNotFit> {
        u32::try_from(self.written).map_err(|_| DoesNotFit("the list of files".to_owned()))?;
        Ok(tail(&self.entries, self.written))
    }
}

fn put(bytes: &mut Vec<u8>, fields: &[u16]) {
    bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

fn put_wide(bytes: &mut Vec<u8>, fields: &[u32]) {
    bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
}

/// Names are checked to be short.
fn length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

/// Version 1.0, names in UTF-8, stored, 1 January 1980.
const COMMON: [u16; 5] = [10, 1 << 11, 0, 0, 0x21];

fn local_header(entry: &Entry) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    put(&mut bytes, &COMMON);
    put_wide(&mut bytes, &[entry.crc, entry.size, entry.size]);
    put(&mut bytes, &[length(&entry.name), 0]);
    bytes.extend_from_slice(entry.name.as_bytes());
    bytes
}

fn central_header(entry: &Entry) -> Vec<u8> {
    let mut bytes = b"PK\x01\x02".to_vec();
    put(&mut bytes, &[10]);
    put(&mut bytes, &COMMON);
    put_wide(&mut bytes, &[entry.crc, entry.size, entry.size]);
    put(&mut bytes, &[length(&entry.name), 0, 0, 0, 0]);
    put_wide(&mut bytes, &[0, entry.offset]);
    bytes.extend_from_slice(entry.name.as_bytes());
    bytes
}

fn tail(entries: &[Entry], start: u64) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(central_header).collect();
    // Both fit: the packer and the reader refuse what would not.
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(b"PK\x05\x06");
    put(&mut bytes, &[0, 0, count, count]);
    put_wide(&mut bytes, &[size, u32::try_from(start).unwrap_or(u32::MAX)]);
    put(&mut bytes, &[0]);
    bytes
}

/// What is wrong with a file's name: only plain relative ones are ever written.
fn problem_of_name(name: &str) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-+/".contains(c);
    if name.is_empty() || name.len() > MAX_NAME {
        Some("is empty or too long")
    } else if !name.chars().all(plain) {
        Some("has characters that are never used")
    } else if name.starts_with('/') || name.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
        Some("leads out of the container")
    } else {
        None
    }
}

/// Why a container cannot be read, or is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerProblem {
    /// Nothing in it can be looked at.
    Unreadable(String),
    /// It can be read, but some byte is not the one that was written.
    Differs(String),
}

/// An open container.
pub struct Unpacker<R> {
    file: R,
    entries: Vec<Entry>,
    /// Where the list of files differs from the only form it has.
    problems: Vec<String>,
}

impl<R: Read + Seek> Unpacker<R> {
    /// Reads the list of files and compares it with the form it must have. Nothing is allocated that the file does not
    /// pay for with bytes of its own.
    pub fn open(mut file: R) -> Result<Self, ContainerProblem> {
        let unreadable = |what: String| ContainerProblem::Unreadable(what);
        let io = |error: std::io::Error| ContainerProblem::Unreadable(format!("it cannot be read: {error}"));
        let total = file.seek(SeekFrom::End(0)).map_err(io)?;
        let end_at = total
            .checked_sub(END as u64)
            .ok_or_else(|| unreadable(format!("it is no bundle: {total} bytes are too few")))?;
        let end = read_at(&mut file, end_at, END).map_err(io)?;
        if end.get(..4) != Some(b"PK\x05\x06".as_slice()) {
            return Err(unreadable(format!(
                "it is no bundle, or its end was changed or cut off: byte {end_at} does not begin the end of a ZIP file"
            )));
        }
        let (count, size, start) = (short(&end, 10), wide(&end, 12), wide(&end, 16));
        if usize::from(count) > MAX_FILES {
            return Err(unreadable(format!("it says that it has {count} files; at most {MAX_FILES} are read")));
        }
        if u64::from(start) + u64::from(size) != end_at {
            return Err(unreadable(format!(
                "its end (at byte {end_at}) says that the list of files has {size} bytes from byte {start}, which does \
                 not fit"
            )));
        }
        if u64::from(size) > (MAX_FILES * (CENTRAL_HEADER + MAX_NAME)) as u64 {
            return Err(unreadable(format!("its list of files is too long: {size} bytes")));
        }
        let list = read_at(&mut file, u64::from(start), size as usize).map_err(io)?;
        let entries = entries(&list, count, u64::from(start))?;
        let mut problems = Vec::new();
        let mut found = list;
        found.extend_from_slice(&end);
        if let Some(at) = first_difference(&tail(&entries, u64::from(start)), &found) {
            let whose = owner(&entries, at);
            problems.push(format!("byte {} ({whose}) is not as it was written", u64::from(start) + at as u64));
        }
        Ok(Self { file, entries, problems })
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Differences in the list of files.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The content of the file at `index`, and how its header or checksum differ from it. Larger ones are not read.
    pub fn content(&mut self, index: usize, limit: u32) -> Result<(Vec<u8>, Vec<String>), String> {
        let entry = self.entries.get(index).ok_or("there is no such file")?.clone();
        if entry.size > limit {
            return Err(format!("it is larger ({} bytes) than the {limit} bytes that are read", entry.size));
        }
        let header = LOCAL_HEADER + entry.name.len();
        let mut bytes = read_at(&mut self.file, u64::from(entry.offset), header + entry.size as usize)
            .map_err(|e| e.to_string())?;
        let content = bytes.split_off(header);
        let mut crc = Crc::new();
        crc.update(&content);
        let listed = entry.crc;
        // The header is judged by the content, so that a change in one of the three is not said of the others.
        let wanted = local_header(&Entry { crc: crc.sum(), ..entry.clone() });
        let mut problems = Vec::new();
        let own_name = bytes.get(LOCAL_HEADER..).unwrap_or_default();
        if own_name != entry.name.as_bytes() {
            problems.push(format!(
                "it has this name in the list of files, but the header before it calls it {:?}",
                String::from_utf8_lossy(own_name)
            ));
        } else if let Some(at) = first_difference(&wanted, &bytes) {
            let place = u64::from(entry.offset) + at as u64;
            problems.push(format!("byte {place} (in the header before it) does not fit its content"));
        }
        if crc.sum() != listed {
            problems.push(format!("its checksum in the list of files is {listed:08x}, but it has {:08x}", crc.sum()));
        }
        Ok((content, problems))
    }
}

/// The files as the list tells them, each beginning where the one before ends.
fn entries(list: &[u8], count: u16, end: u64) -> Result<Vec<Entry>, ContainerProblem> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut names = BTreeSet::new();
    let (mut at, mut offset) = (0, 0u64);
    for number in 1..=count {
        let wrong = |what: String| ContainerProblem::Unreadable(format!("file {number} in its list of files {what}"));
        let header = list.get(at..at + CENTRAL_HEADER).ok_or_else(|| wrong("is cut off".to_owned()))?;
        if header.get(..4) != Some(b"PK\x01\x02".as_slice()) {
            return Err(wrong("does not begin like one".to_owned()));
        }
        let length = usize::from(short(header, 28));
        let name = list.get(at + CENTRAL_HEADER..at + CENTRAL_HEADER + length);
        let name = name.ok_or_else(|| wrong("has a name that is cut off".to_owned()))?;
        let name = String::from_utf8_lossy(name).into_owned();
        if let Some(problem) = problem_of_name(&name) {
            return Err(wrong(format!("has a name that {problem}: {name:?}")));
        }
        if short(header, 10) != 0 {
            return Err(wrong(format!("({name}) is compressed; files of a bundle never are")));
        }
        if !names.insert(name.clone()) {
            return Err(wrong(format!("has the name of an earlier one, {name}")));
        }
        let entry = Entry { size: wide(header, 24), crc: wide(header, 16), offset: wide(header, 42), name };
        if u64::from(entry.offset) != offset {
            return Err(wrong(format!(
                "({}) begins at byte {}, but the one before ends at byte {offset}",
                entry.name, entry.offset
            )));
        }
        offset += (LOCAL_HEADER + entry.name.len()) as u64 + u64::from(entry.size);
        if offset > end {
            return Err(wrong(format!("({}) says that it has {} bytes, more than there are", entry.name, entry.size)));
        }
        at += CENTRAL_HEADER + length;
        entries.push(entry);
    }
    if at != list.len() || offset != end {
        return Err(ContainerProblem::Unreadable(format!(
            "there is something after its last file: {} of {} bytes of the list and {offset} of {end} bytes before it \
             belong to files",
            at,
            list.len()
        )));
    }
    Ok(entries)
}

/// Whose part of the list of files a byte is.
fn owner(entries: &[Entry], at: usize) -> String {
    let mut end = 0;
    for entry in entries {
        end += CENTRAL_HEADER + entry.name.len();
        if at < end {
            return format!("the entry of {} in the list of files", entry.name);
        }
    }
    "the end of the file".to_owned()
}

fn first_difference(wanted: &[u8], found: &[u8]) -> Option<usize> {
    let shared = wanted.iter().zip(found).position(|(a, b)| a != b);
    shared.or_else(|| (wanted.len() != found.len()).then(|| wanted.len().min(found.len())))
}

fn read_at(file: &mut (impl Read + Seek), at: u64, length: usize) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() == length {
        return Ok(bytes);
    }
    Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, format!("it ends before byte {}", at + length as u64)))
}

/// Callers have read as many bytes as they ask for.
fn short(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn wide(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packer = Packer::default();
        let mut bytes: Vec<u8> = files.iter().flat_map(|(name, content)| packer.file(name, content).unwrap()).collect();
        bytes.extend(packer.finish().unwrap());
        bytes
    }

    fn renamed(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
        let places: Vec<usize> =
            bytes.windows(from.len()).enumerate().filter(|(_, w)| *w == from.as_bytes()).map(|(at, _)| at).collect();
        for at in places {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    }

    #[test]
    fn any_zip_library_reads_what_was_packed() {
        let bytes = packed(&[("a.json", b"{}"), ("folder/b.txt", b"hello")]);
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        let mut text = String::new();
        archive.by_name("folder/b.txt").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        let mut unpacker = Unpacker::open(Cursor::new(&bytes)).unwrap();
        assert_eq!(unpacker.content(1, 100), Ok((b"hello".to_vec(), Vec::new())));
        assert!(unpacker.problems().is_empty());
    }

    #[test]
    fn a_mean_container_is_refused_with_its_place() {
        let refused = |bytes: Vec<u8>, why: &str| match Unpacker::open(Cursor::new(bytes)).err() {
            Some(ContainerProblem::Unreadable(text)) => assert!(text.contains(why), "{text}"),
            other => panic!("{why}: {other:?}"),
        };
        refused(Vec::new(), "too few");
        refused(b"not a zip file, but long enough to be one".to_vec(), "no bundle");
        // Another packer's compressed files: no bomb is ever unpacked.
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        writer.start_file("bomb.json", options).unwrap();
        std::io::Write::write_all(&mut writer, &vec![0; 1 << 20]).unwrap();
        refused(writer.finish().unwrap().into_inner(), "compressed");
        for (name, why) in [("../evil", "leads out"), ("/etc/passwd", "leads out"), ("a\\b", "characters")] {
            let good = "x".repeat(name.len());
            refused(renamed(packed(&[(&good, b"")]), &good, name), why);
        }
        let two = packed(&[("first", b"1"), ("other", b"2")]);
        refused(renamed(two, "other", "first"), "the name of an earlier one");
        let mut count = packed(&[("a", b"1")]);
        let end = count.len() - END;
        count[end + 10..end + 12].copy_from_slice(&60_000u16.to_le_bytes());
        refused(count, "60000 files");
        let mut size = packed(&[("a", b"1")]);
        let list = size.len() - END - CENTRAL_HEADER - 1;
        size[list + 24..list + 28].copy_from_slice(&u32::MAX.to_le_bytes());
        refused(size, "more than there are");
        let mut more = b"before".to_vec();
        more.extend(packed(&[("a", b"1")]));
        refused(more, "does not fit");
    }

    #[test]
    fn names_that_lead_anywhere_are_not_written() {
        for name in ["", "/a", "a/../b", "a//b", "a b", "ä"] {
            assert!(Packer::default().file(name, b"").is_err(), "{name}");
        }
        let mut packer = Packer::default();
        packer.file("a", b"").unwrap();
        assert!(packer.file("a", b"").is_err(), "twice");
    }
}
