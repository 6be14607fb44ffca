import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';

export const runtime = (version) =>
  version.nodeVersion === 20 ? lambda.Runtime.NODEJS_20_X : lambda.Runtime.NODEJS_22_X;

// A function with a log group of its own; in the network of the data layer where it needs that.
export function makeFunction(scope, logicalId, { name, version, code, data, isTraced, seconds = 30, ...props }) {
  const made = new lambda.Function(scope, logicalId, {
    functionName: name,
    runtime: runtime(version),
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(code),
    memorySize: 512,
    timeout: Duration.seconds(seconds),
    logGroup: new logs.LogGroup(scope, `${logicalId}Logs`, {
      logGroupName: `/aws/lambda/${name}`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
    ...props,
  });
  // Roles are given, or get their permissions elsewhere: only the template's own properties are of interest here.
  const resource = made.node.defaultChild;
  if (isTraced) resource.tracingConfig = { mode: 'Active' };
  if (data) {
    resource.vpcConfig = { securityGroupIds: [data.lambdaGroup.attrGroupId], subnetIds: data.privateSubnetIds };
  }
  return made;
}
