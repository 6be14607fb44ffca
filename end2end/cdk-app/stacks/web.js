import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as s3 from 'aws-cdk-lib/aws-s3';

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: https:",
  "font-src 'self' data:",
  "connect-src 'self' https://*.blockfrost.io https://*.amazonaws.com",
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join('; ');

export class WebStack extends Stack {
  constructor(scope, id, { environment, security, ...props }) {
    super(scope, id, props);
    const bucket = (logicalId, name, more = {}) => {
      const made = new s3.CfnBucket(this, logicalId, {
        bucketName: `trivia-nft-${name}-${environment}-${this.account}`,
        bucketEncryption: {
          serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
        },
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
    // [WEB-1, WEB-2]
    const site = bucket('Website', 'web', {
      versioningConfiguration: { status: 'Enabled' },
      lifecycleConfiguration: {
        rules: [{ id: 'OldVersions', status: 'Enabled', noncurrentVersionExpiration: { noncurrentDays: 30 } }],
      },
    });
    const logBucket = bucket('Logs', 'logs', {
      ownershipControls: { rules: [{ objectOwnership: 'ObjectWriter' }] },
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

    const identity = new cloudfront.CfnCloudFrontOriginAccessIdentity(this, 'OriginAccess', {
      cloudFrontOriginAccessIdentityConfig: { comment: `TriviaNFT ${environment}` },
    });
    new s3.CfnBucketPolicy(this, 'WebsitePolicy', {
      bucket: site.ref,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 's3:GetObject',
            Principal: { CanonicalUser: identity.attrS3CanonicalUserId },
            Resource: `${site.attrArn}/*`,
          },
        ],
      },
    });
    // [WEB-3]
    const cachePolicy = (logicalId, name, defaultTtl, maxTtl) =>
      new cloudfront.CfnCachePolicy(this, logicalId, {
        cachePolicyConfig: {
          name: `TriviaNFT-${name}-${environment}`,
          defaultTtl,
          maxTtl,
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
    const htmlCache = cachePolicy('HtmlCache', 'Html', 300, 3600);
    const staticCache = cachePolicy('StaticCache', 'StaticAssets', 86400, 604800);
    // [WEB-4]
    const headers = new cloudfront.CfnResponseHeadersPolicy(this, 'SecurityHeaders', {
      responseHeadersPolicyConfig: {
        name: `TriviaNFT-Security-${environment}`,
        customHeadersConfig: {
          items: [
            { header: 'X-Application-Version', value: '1.0.0', override: true },
            { header: 'Cache-Control', value: 'no-cache, no-store, must-revalidate', override: false },
          ],
        },
        securityHeadersConfig: {
          contentSecurityPolicy: { contentSecurityPolicy: CONTENT_SECURITY_POLICY, override: true },
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: 'DENY', override: true },
          referrerPolicy: { referrerPolicy: 'strict-origin-when-cross-origin', override: true },
          strictTransportSecurity: {
            accessControlMaxAgeSec: 31536000,
            includeSubdomains: true,
            preload: true,
            override: true,
          },
          xssProtection: { protection: true, modeBlock: true, override: true },
        },
      },
    });
    // [WEB-5]
    const behaviour = (policy, more = {}) => ({
      targetOriginId: 'site',
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      cachePolicyId: policy.ref,
      compress: true,
      ...more,
    });
    const distribution = new cloudfront.CfnDistribution(this, 'Distribution', {
      distributionConfig: {
        enabled: true,
        comment: `TriviaNFT ${environment}`,
        defaultRootObject: 'index.html',
        httpVersion: 'http2and3',
        ipv6Enabled: true,
        priceClass: 'PriceClass_100',
        webAclId: security.webAcl.attrArn,
        logging: { bucket: logBucket.attrDomainName, prefix: 'cloudfront/' },
        origins: [
          {
            id: 'site',
            domainName: site.attrRegionalDomainName,
            originShield: { enabled: true, originShieldRegion: this.region },
            s3OriginConfig: { originAccessIdentity: `origin-access-identity/cloudfront/${identity.ref}` },
          },
        ],
        defaultCacheBehavior: behaviour(htmlCache, { responseHeadersPolicyId: headers.ref }),
        cacheBehaviors: ['/static/*', '/assets/*', '/*.png', '/*.ico'].map((pathPattern) =>
          behaviour(staticCache, { pathPattern }),
        ),
        customErrorResponses: [403, 404].map((errorCode) => ({
          errorCode,
          responseCode: 200,
          responsePagePath: '/index.html',
          errorCachingMinTtl: 300,
        })),
        // [WEB-8] Ignored by CloudFront as long as its own certificate is used.
        viewerCertificate: { cloudFrontDefaultCertificate: true, minimumProtocolVersion: 'TLSv1.2_2021' },
      },
    });

    new CfnOutput(this, 'WebsiteBucketName', { value: site.ref });
    new CfnOutput(this, 'DistributionDomainName', { value: distribution.attrDomainName });
    new CfnOutput(this, 'DistributionId', { value: distribution.ref });
  }
}
