//! What a name may look like.

use crate::blueprint::error::closest;

pub const SLUG_WANTED: &str = "must be lower-case letters, digits and dashes, beginning with a letter, at most 40";

pub fn is_slug(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub fn is_id(id: &str) -> bool {
    id.len() <= 64
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
}

pub fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Logical stack names: part of `CloudFormation` names, so letters, digits and dashes.
pub fn is_logical_name(name: &str) -> bool {
    name.len() <= 64 && is_stack_name(name)
}

/// `CloudFormation`: letters, digits and dashes, beginning with a letter, at most 128.
pub fn is_stack_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Regions in use, for suggestions only: a new one must not need a new version of this program.
const REGIONS: [&str; 36] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

const DIRECTIONS: [&str; 9] =
    ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];

/// What is wrong with a region's name, and the region that was probably meant.
///
/// Judged by its words (`us`, `east`, `1`), so that a mistyped word is found and a new region is not refused.
pub fn problem_of_region(region: &str) -> Option<(String, Option<String>)> {
    let mut words: Vec<&str> = region.split('-').collect();
    let number = words.pop().unwrap_or_default();
    let direction = words.pop().unwrap_or_default();
    let is_area = |w: &&str| w.len() >= 2 && w.bytes().all(|b| b.is_ascii_lowercase());
    let is_region = matches!(number.as_bytes(), [b'1'..=b'9'])
        && DIRECTIONS.contains(&direction)
        && words.first().is_some_and(|w| w.len() == 2)
        && words.iter().all(is_area);
    if is_region {
        return None;
    }
    Some((format!("“{region}” is not the name of a region, such as us-east-1"), closest(region, REGIONS)))
}
