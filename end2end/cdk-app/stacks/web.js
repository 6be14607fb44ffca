import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as s3 from 'aws-cdk-lib/aws-s3';

export class WebStack extends Stack {
  constructor(scope, id, { environment, security, ...props }) {
    super(scope, id, props);
    const bucket = (logicalId, name, more = {}) => {
      const made = new s3.CfnBucket(this, logicalId, {
        bucketName: `trivia-nft-${name}-${environment}-${this.account}`,
        publicAccessBlockConfiguration: {
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        },
        ...more,
      });
      made.applyRemovalPolicy(RemovalPolicy.RETAIN);
      return made;
    };
    const site = bucket('Website', 'web', { versioningConfiguration: { status: 'Enabled' } });
    const logBucket = bucket('Logs', 'logs', { ownershipControls: { rules: [{ objectOwnership: 'ObjectWriter' }] } });

    const identity = new cloudfront.CfnCloudFrontOriginAccessIdentity(this, 'OriginAccess', {
      cloudFrontOriginAccessIdentityConfig: { comment: `TriviaNFT ${environment}` },
    });
    const htmlCache = new cloudfront.CfnCachePolicy(this, 'HtmlCache', {
      cachePolicyConfig: {
        name: `TriviaNFT-Html-${environment}`,
        defaultTtl: 300,
        maxTtl: 3600,
        minTtl: 0,
        parametersInCacheKeyAndForwardedToOrigin: {
          cookiesConfig: { cookieBehavior: 'none' },
          headersConfig: { headerBehavior: 'none' },
          queryStringsConfig: { queryStringBehavior: 'none' },
          enableAcceptEncodingGzip: true,
          enableAcceptEncodingBrotli: true,
        },
      },
    });
    const headers = new cloudfront.CfnResponseHeadersPolicy(this, 'SecurityHeaders', {
      responseHeadersPolicyConfig: {
        name: `TriviaNFT-Security-${environment}`,
        securityHeadersConfig: {
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: 'DENY', override: true },
          referrerPolicy: { referrerPolicy: 'strict-origin-when-cross-origin', override: true },
          strictTransportSecurity: {
            accessControlMaxAgeSec: 31536000,
            includeSubdomains: true,
            preload: true,
            override: true,
          },
        },
      },
    });
    const distribution = new cloudfront.CfnDistribution(this, 'Distribution', {
      distributionConfig: {
        enabled: true,
        defaultRootObject: 'index.html',
        httpVersion: 'http2and3',
        priceClass: 'PriceClass_100',
        webAclId: security.webAcl.attrArn,
        logging: { bucket: logBucket.attrDomainName, prefix: 'cloudfront/' },
        origins: [
          {
            id: 'site',
            domainName: site.attrRegionalDomainName,
            s3OriginConfig: { originAccessIdentity: `origin-access-identity/cloudfront/${identity.ref}` },
          },
        ],
        defaultCacheBehavior: {
          targetOriginId: 'site',
          viewerProtocolPolicy: 'redirect-to-https',
          cachePolicyId: htmlCache.ref,
          responseHeadersPolicyId: headers.ref,
          compress: true,
        },
        customErrorResponses: [403, 404].map((errorCode) => ({
          errorCode,
          responseCode: 200,
          responsePagePath: '/index.html',
          errorCachingMinTtl: 300,
        })),
      },
    });

    new CfnOutput(this, 'WebsiteBucketName', { value: site.ref });
    new CfnOutput(this, 'DistributionDomainName', { value: distribution.attrDomainName });
    new CfnOutput(this, 'DistributionId', { value: distribution.ref });
  }
}
