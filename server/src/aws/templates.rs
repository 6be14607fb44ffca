//! Templates as CloudFormation holds them.

use async_trait::async_trait;
use aws_sdk_cloudformation::types::TemplateStage;

use crate::ports::{AwsError, Target, TemplatePort};

use super::{Aws, answer, stacks::found};

const GET_TEMPLATE: &str = "cloudformation:GetTemplate";

#[async_trait]
impl TemplatePort for Aws {
    async fn template(&self, target: &Target, stack_name: &str) -> Result<Option<String>, AwsError> {
        let connection = self.turn(target, GET_TEMPLATE).await?;
        let call = connection.stacks.get_template().stack_name(stack_name).template_stage(TemplateStage::Original);
        let answered = found(answer(GET_TEMPLATE, call.send().await))?;
        Ok(answered.and_then(|template| template.template_body().map(str::to_owned)))
    }
}
