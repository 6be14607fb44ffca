import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as gateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

import { makeFunction } from './functions.js';

// [API-5, API-6] Name, logical id, route, and whether the route asks for a token.
const ROUTES = [
  ['connect', 'Connect', 'POST /auth/connect', false],
  ['profile', 'Profile', 'POST /auth/profile', false],
  ['me', 'Me', 'GET /auth/me', true],
  ['start-session', 'StartSession', 'POST /sessions/start', true],
  ['submit-answer', 'SubmitAnswer', 'POST /sessions/{id}/answer', true],
  ['complete-session', 'CompleteSession', 'POST /sessions/{id}/complete', true],
  ['session-history', 'SessionHistory', 'GET /sessions/history', true],
  ['flag-question', 'FlagQuestion', 'POST /questions/flag', true],
  ['get-eligibilities', 'Eligibilities', 'GET /eligibilities', true],
  ['initiate-mint', 'InitiateMint', 'POST /mint/{eligibilityId}', true],
  ['get-mint-status', 'MintStatus', 'GET /mint/{mintId}/status', true],
  ['get-forge-progress', 'ForgeProgress', 'GET /forge/progress', true],
  ['initiate-forge', 'InitiateForge', 'POST /forge/{type}', true],
  ['get-forge-status', 'ForgeStatus', 'GET /forge/{forgeId}/status', true],
  ['get-global-leaderboard', 'GlobalLeaderboard', 'GET /leaderboard/global', false],
  ['get-category-leaderboard', 'CategoryLeaderboard', 'GET /leaderboard/category/{id}', false],
  ['get-current-season', 'CurrentSeason', 'GET /seasons/current', false],
];
const SEASON_LEADERBOARD = ['get-season-leaderboard', 'SeasonLeaderboard', 'GET /leaderboard/season/{id}', false];

// [API-2]
const ACCESS_LOG = {
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  requestTime: '$context.requestTime',
  httpMethod: '$context.httpMethod',
  routeKey: '$context.routeKey',
  status: '$context.status',
  protocol: '$context.protocol',
  responseLength: '$context.responseLength',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
};

export class ApiStack extends Stack {
  constructor(scope, id, { environment, version, security, data, appConfig, ...props }) {
    super(scope, id, props);
    const layer = (logicalId, name) =>
      new lambda.LayerVersion(this, logicalId, {
        layerVersionName: `trivia-nft-${name}-${environment}`,
        code: lambda.Code.fromAsset(`layers/${name}`),
        compatibleArchitectures: [lambda.Architecture.ARM_64],
        removalPolicy: RemovalPolicy.RETAIN,
      });
    const dependencies = layer('DependenciesLayer', 'dependencies');
    const sharedUtils = layer('SharedUtilsLayer', 'shared-utils');

    const api = new gateway.CfnApi(this, 'HttpApi', {
      name: `trivia-nft-api-${environment}`,
      protocolType: 'HTTP',
      corsConfiguration: {
        allowOrigins: ['*'],
        allowMethods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
        allowHeaders: ['Content-Type', 'Authorization'],
        maxAge: 300,
      },
    });
    const accessLog = new logs.CfnLogGroup(this, 'AccessLog', {
      logGroupName: `/aws/apigateway/trivia-nft-${environment}`,
      retentionInDays: 30,
    });
    new gateway.CfnStage(this, 'DefaultStage', {
      apiId: api.ref,
      stageName: '$default',
      autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: 500, throttlingRateLimit: 1000 },
      accessLogSettings: { destinationArn: accessLog.attrArn, format: JSON.stringify(ACCESS_LOG) },
    });
    const invocation = (logicalId, handler) =>
      new lambda.CfnPermission(this, `${logicalId}Permission`, {
        action: 'lambda:InvokeFunction',
        functionName: handler.functionName,
        principal: 'apigateway.amazonaws.com',
        sourceArn: `arn:${this.partition}:execute-api:${this.region}:${this.account}:${api.ref}/*/*`,
      });

    // [API-3, API-4] Outside the network, and with the token's secret only.
    const authorize = makeFunction(this, 'Authorizer', {
      name: `trivia-nft-authorizer-${environment}`,
      version,
      code: 'functions/api',
      isTraced: true,
      seconds: 10,
      layers: [dependencies, sharedUtils],
      memorySize: 256,
      environment: { ENVIRONMENT: environment, JWT_SECRET_ARN: security.jwtSecret.attrId },
    });
    invocation('Authorizer', authorize);
    const authorizer = new gateway.CfnAuthorizer(this, 'JwtAuthorizer', {
      apiId: api.ref,
      name: 'jwt-authorizer',
      authorizerType: 'REQUEST',
      identitySource: ['$request.header.Authorization'],
      authorizerPayloadFormatVersion: '2.0',
      authorizerResultTtlInSeconds: 300,
      authorizerUri: `arn:${this.partition}:apigateway:${this.region}:lambda:path/2015-03-31/functions/${authorize.functionArn}/invocations`,
    });

    const routes = version.hasSeasonLeaderboard ? [...ROUTES, SEASON_LEADERBOARD] : ROUTES;
    const handlers = routes.map(([name, logicalId, routeKey, needsToken]) => {
      const handler = makeFunction(this, logicalId, {
        name: `trivia-nft-${name}-${environment}`,
        version,
        code: 'functions/api',
        data,
        isTraced: true,
        layers: [dependencies, sharedUtils],
        memorySize: name === 'initiate-forge' ? 1024 : version.apiMemory,
        environment: {
          ENVIRONMENT: environment,
          NODE_ENV: 'production',
          APPCONFIG_APPLICATION_ID: appConfig.application.ref,
          APPCONFIG_ENVIRONMENT_ID: appConfig.environmentOfSettings.ref,
          APPCONFIG_PROFILE_ID: appConfig.profile.ref,
          JWT_SECRET_ARN: security.jwtSecret.attrId,
          BLOCKFROST_SECRET_ARN: security.blockfrostSecret.attrId,
          IPFS_SECRET_ARN: security.ipfsSecret.attrId,
          POLICY_SIGNING_KEY_SECRET_ARN: security.policySigningKey.attrId,
          DATABASE_SECRET_ARN: data.databaseSecret.attrId,
          REDIS_SECRET_ARN: data.redisSecret.attrId,
          ...version.apiVariables,
        },
      });
      const integration = new gateway.CfnIntegration(this, `${logicalId}Integration`, {
        apiId: api.ref,
        integrationType: 'AWS_PROXY',
        integrationUri: handler.functionArn,
        payloadFormatVersion: '2.0',
      });
      new gateway.CfnRoute(this, `${logicalId}Route`, {
        apiId: api.ref,
        routeKey,
        target: `integrations/${integration.ref}`,
        ...(needsToken ? { authorizationType: 'CUSTOM', authorizerId: authorizer.ref } : {}),
      });
      invocation(logicalId, handler);
      return handler;
    });
    this.api = api;
    this.functions = [['Authorizer', authorize], ...routes.map(([, logicalId], i) => [logicalId, handlers[i]])];
    this.role = handlers[0].role;

    new CfnOutput(this, 'ApiEndpoint', { value: api.attrApiEndpoint });
    new CfnOutput(this, 'ApiId', { value: api.ref });
    const layerOutput = (name, value) => new CfnOutput(this, name, { value, exportName: `${environment}-${name}` });
    layerOutput('DependenciesLayerArn', dependencies.layerVersionArn);
    layerOutput('SharedUtilsLayerArn', sharedUtils.layerVersionArn);
  }
}
