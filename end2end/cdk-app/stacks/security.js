import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import * as waf from 'aws-cdk-lib/aws-wafv2';

import { fullAccount } from './full-account.js';
import { makeFunction } from './functions.js';

export class SecurityStack extends Stack {
  constructor(scope, id, { environment, settings, version, ...props }) {
    super(scope, id, props);
    const full = fullAccount(this);
    const secret = (name, logicalId, template, generateStringKey, passwordLength) =>
      new secrets.CfnSecret(this, logicalId, {
        name: `${environment}/trivia-nft/${name}`,
        generateSecretString: {
          secretStringTemplate: JSON.stringify(template),
          generateStringKey,
          passwordLength,
          excludePunctuation: true,
        },
      });
    // [SCR-1 … SCR-4]
    this.jwtSecret = secret('jwt-secret', 'JwtSecret', { algorithm: 'HS256' }, 'secret', 64);
    this.blockfrostSecret = secret(
      'blockfrost',
      'BlockfrostSecret',
      {
        projectId: 'placeholder',
        network: settings.network,
        url: `https://cardano-${settings.network}.blockfrost.io/api/v0`,
      },
      'apiKey',
      32,
    );
    this.ipfsSecret = secret(
      'ipfs',
      'IpfsSecret',
      { provider: 'blockfrost', fallbackProvider: 'nft.storage' },
      'apiKey',
      32,
    );
    this.policySigningKey = secret(
      'policy-signing-key',
      'PolicySigningKeySecret',
      { type: 'PaymentSigningKeyShelley_ed25519', description: 'Policy signing key' },
      'cborHex',
      128,
    );
    const all = [this.jwtSecret, this.blockfrostSecret, this.ipfsSecret, this.policySigningKey];

    // [SEC-2]
    const rotated = [
      ['Jwt', 'jwt-secret', this.jwtSecret],
      ['PolicySigningKey', 'policy-signing-key', this.policySigningKey],
    ];
    for (const [logicalId, name, target] of rotated) {
      const rotation = makeFunction(this, `${logicalId}Rotation`, {
        name: `trivia-nft-rotate-${name}-${environment}`,
        version,
        code: 'functions/rotation',
        seconds: 300,
      });
      rotation.addToRolePolicy(
        new iam.PolicyStatement({
          actions: ['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
          resources: [target.attrId],
        }),
      );
      const permission = new lambda.CfnPermission(this, `${logicalId}RotationPermission`, {
        action: 'lambda:InvokeFunction',
        functionName: rotation.functionName,
        principal: 'secretsmanager.amazonaws.com',
      });
      const schedule = full.only(
        new secrets.CfnRotationSchedule(this, `${logicalId}RotationSchedule`, {
          secretId: target.attrId,
          rotationLambdaArn: rotation.functionArn,
          rotationRules: { scheduleExpression: 'rate(90 days)' },
        }),
      );
      schedule.addDependency(permission);
      full.only(
        new secrets.CfnResourcePolicy(this, `${logicalId}SecretPolicy`, {
          secretId: target.attrId,
          resourcePolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Deny',
                Action: 'secretsmanager:DeleteSecret',
                Principal: { AWS: `arn:${this.partition}:iam::${this.account}:root` },
                Resource: '*',
              },
            ],
          },
        }),
      );
    }

    // [SEC-3] Attached to nothing.
    const policy = new iam.CfnManagedPolicy(this, 'SecretsAccess', {
      managedPolicyName: `TriviaNFT-SecretsAccess-${environment}`,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
            Resource: all.map((s) => s.attrId),
          },
        ],
      },
    });

    // [SEC-4] A firewall's log bucket must be named aws-waf-logs-…; the original's is not, and logging was refused.
    const bucketName = version.hasFirewallLog ? 'aws-waf-logs-trivia-nft' : 'trivia-nft-waf-logs';
    const wafLogs = new s3.CfnBucket(this, version.hasFirewallLog ? 'FirewallLogs' : 'WafLogs', {
      bucketName: `${bucketName}-${environment}-${this.account}`,
      bucketEncryption: {
        serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
      },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      lifecycleConfiguration: {
        rules: [
          {
            id: 'Fade',
            status: 'Enabled',
            transitions: [{ storageClass: 'STANDARD_IA', transitionInDays: 30 }],
            expirationInDays: 90,
          },
        ],
      },
    });
    wafLogs.applyRemovalPolicy(RemovalPolicy.RETAIN);

    const visibility = (metricName) => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      sampledRequestsEnabled: true,
    });
    const managed = (name, priority, ruleGroup, metricName, more = {}) => ({
      name,
      priority,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: ruleGroup, ...more } },
      visibilityConfig: visibility(`${metricName}-${environment}`),
    });
    // [SEC-5 … SEC-11]
    this.webAcl = new waf.CfnWebACL(this, 'WebAcl', {
      name: `TriviaNFT-${environment}-WebAcl`,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      captchaConfig: { immunityTimeProperty: { immunityTime: 300 } },
      visibilityConfig: visibility(`TriviaNFT-${environment}-WebAcl`),
      rules: [
        {
          name: 'RateLimitRule',
          priority: 1,
          action: { captcha: { customRequestHandling: { insertHeaders: [{ name: 'x-rate-limited', value: 'true' }] } } },
          statement: {
            rateBasedStatement: {
              limit: 100,
              evaluationWindowSec: 300,
              aggregateKeyType: 'IP',
              scopeDownStatement: {
                notStatement: {
                  statement: {
                    byteMatchStatement: {
                      searchString: 'health',
                      fieldToMatch: { uriPath: {} },
                      positionalConstraint: 'CONTAINS',
                      textTransformations: [{ priority: 0, type: 'LOWERCASE' }],
                    },
                  },
                },
              },
            },
          },
          visibilityConfig: visibility(`RateLimit-${environment}`),
        },
        managed('IPReputationList', 2, 'AWSManagedRulesAmazonIpReputationList', 'IPReputation'),
        managed('AnonymousIPList', 3, 'AWSManagedRulesAnonymousIpList', 'AnonymousIP'),
        managed('CommonRuleSet', 4, 'AWSManagedRulesCommonRuleSet', 'CommonRuleSet', {
          excludedRules: [{ name: 'SizeRestrictions_BODY' }, { name: 'GenericRFI_BODY' }],
        }),
        managed('KnownBadInputs', 5, 'AWSManagedRulesKnownBadInputsRuleSet', 'BadInputsRuleSet'),
        managed('BotControl', 6, 'AWSManagedRulesBotControlRuleSet', 'BotControl', {
          managedRuleGroupConfigs: [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }],
        }),
      ],
    });
    // [SEC-13]
    if (version.hasFirewallLog) {
      full.only(
        new waf.CfnLoggingConfiguration(this, 'WebAclLogging', {
          resourceArn: this.webAcl.attrArn,
          logDestinationConfigs: [wafLogs.attrArn],
          redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'cookie' } }],
        }),
      );
    }

    const output = (name, value) => new CfnOutput(this, name, { value, exportName: `${environment}-${name}` });
    output('JwtSecretArn', this.jwtSecret.attrId);
    output('BlockfrostSecretArn', this.blockfrostSecret.attrId);
    output('IpfsSecretArn', this.ipfsSecret.attrId);
    output('PolicySigningKeySecretArn', this.policySigningKey.attrId);
    output('WebAclArn', this.webAcl.attrArn);
    output('WafLogBucketName', wafLogs.ref);
    output('SecretsAccessPolicyArn', policy.ref);
  }
}
