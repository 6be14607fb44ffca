//! Templates and file assets in S3.

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::timeout::TimeoutConfig;
use domain::digest::Digest;

use crate::ports::{AssetPort, AwsError, AwsErrorKind, Target};

use super::{Aws, answer};

/// Name of the metadata that holds the SHA-256 of an object's bytes.
const DIGEST: &str = "lockkeeper-sha256";

#[async_trait]
impl AssetPort for Aws {
    /// A key says what an object should be, not what it is: anybody who may upload could have been there first. So each
    /// object carries the digest of what we put there, and one without it, or with another, is replaced. Where the target names its account, S3
    /// refuses a bucket that belongs to another: a guessed bucket name cannot collect our templates.
    async fn ensure_object(&self, target: &Target, bucket: &str, key: &str, bytes: Vec<u8>) -> Result<bool, AwsError> {
        const HEAD: &str = "s3:HeadObject";
        const PUT: &str = "s3:PutObject";
        let digest = Digest::of_bytes(&bytes).as_str().to_owned();
        let connection = self.turn(target, HEAD).await?;
        let head = connection
            .objects
            .head_object()
            .bucket(bucket)
            .key(key)
            .set_expected_bucket_owner(target.account.clone())
            .send()
            .await;
        match answer(HEAD, head) {
            Ok(found) if found.metadata().and_then(|m| m.get(DIGEST)) == Some(&digest) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind == AwsErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let patient = TimeoutConfig::builder()
            .read_timeout(self.inner.options.upload_timeout)
            .operation_attempt_timeout(self.inner.options.upload_timeout)
            .operation_timeout(self.inner.options.upload_timeout)
            .build();
        let put = connection
            .objects
            .put_object()
            .bucket(bucket)
            .key(key)
            .set_expected_bucket_owner(target.account.clone())
            .metadata(DIGEST, digest)
            .body(ByteStream::from(bytes))
            .customize()
            .config_override(aws_sdk_s3::config::Builder::default().timeout_config(patient))
            .send()
            .await;
        answer(PUT, put).map(|_| true)
    }

    fn template_url(&self, target: &Target, bucket: &str, key: &str) -> String {
        let region = &target.region;
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let key: Vec<String> = key.split('/').map(encoded).collect();
        format!("https://s3.{region}.{suffix}/{bucket}/{}", key.join("/"))
    }
}

/// Percent-encoding of one path segment.
fn encoded(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).map(|piece| if piece == "+" { "%20" } else { piece }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_segment_keeps_nothing_a_url_would_read_otherwise() {
        assert_eq!(encoded("a b+c?.json"), "a%20b%2Bc%3F.json");
    }
}
