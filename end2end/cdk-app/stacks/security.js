import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import * as waf from 'aws-cdk-lib/aws-wafv2';

export class SecurityStack extends Stack {
  constructor(scope, id, { environment, settings, ...props }) {
    super(scope, id, props);
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
    this.jwtSecret = secret('jwt-secret', 'JwtSecret', { algorithm: 'HS256' }, 'secret', 64);
    this.blockfrostSecret = secret(
      'blockfrost',
      'BlockfrostSecret',
      { network: settings.network, url: `https://cardano-${settings.network}.blockfrost.io/api/v0` },
      'apiKey',
      32,
    );
    this.ipfsSecret = secret('ipfs', 'IpfsSecret', { provider: 'blockfrost' }, 'apiKey', 32);
    this.policySigningKey = secret(
      'policy-signing-key',
      'PolicySigningKeySecret',
      { type: 'PaymentSigningKeyShelley_ed25519' },
      'cborHex',
      128,
    );
    const all = [this.jwtSecret, this.blockfrostSecret, this.ipfsSecret, this.policySigningKey];

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

    const wafLogs = new s3.CfnBucket(this, 'WafLogs', {
      bucketName: `trivia-nft-waf-logs-${environment}-${this.account}`,
      bucketEncryption: {
        serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
      },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
    });
    wafLogs.applyRemovalPolicy(RemovalPolicy.RETAIN);

    const visibility = (metricName) => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      sampledRequestsEnabled: true,
    });
    this.webAcl = new waf.CfnWebACL(this, 'WebAcl', {
      name: `TriviaNFT-${environment}-WebAcl`,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visibility(`TriviaNFT-${environment}-WebAcl`),
      rules: [
        {
          name: 'RateLimitRule',
          priority: 1,
          action: { captcha: {} },
          statement: { rateBasedStatement: { limit: 100, evaluationWindowSec: 300, aggregateKeyType: 'IP' } },
          visibilityConfig: visibility(`RateLimit-${environment}`),
        },
      ],
    });

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
