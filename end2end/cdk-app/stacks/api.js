import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as gateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

const ROUTES = [
  ['connect', 'Connect', 'POST /auth/connect'],
  ['start-session', 'StartSession', 'POST /sessions/start'],
  ['get-global-leaderboard', 'GlobalLeaderboard', 'GET /leaderboard/global'],
  ['get-current-season', 'CurrentSeason', 'GET /seasons/current'],
];
const SEASON_LEADERBOARD = ['get-season-leaderboard', 'SeasonLeaderboard', 'GET /leaderboard/season/{id}'];

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
      accessLogSettings: {
        destinationArn: accessLog.attrArn,
        format: JSON.stringify({ requestId: '$context.requestId', status: '$context.status' }),
      },
    });

    const code = lambda.Code.fromAsset('functions/api');
    const routes = version.hasSeasonLeaderboard ? [...ROUTES, SEASON_LEADERBOARD] : ROUTES;
    this.functions = routes.map(([name, logicalId, routeKey]) => {
      const handler = new lambda.Function(this, logicalId, {
        functionName: `trivia-nft-${name}-${environment}`,
        runtime: lambda.Runtime.NODEJS_22_X,
        architecture: lambda.Architecture.ARM_64,
        handler: 'index.handler',
        code,
        layers: [dependencies, sharedUtils],
        memorySize: version.apiMemory,
        timeout: Duration.seconds(30),
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
        logGroup: new logs.LogGroup(this, `${logicalId}Logs`, {
          logGroupName: `/aws/lambda/trivia-nft-${name}-${environment}`,
          retention: logs.RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
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
      });
      new lambda.CfnPermission(this, `${logicalId}Permission`, {
        action: 'lambda:InvokeFunction',
        functionName: handler.functionName,
        principal: 'apigateway.amazonaws.com',
        sourceArn: `arn:${this.partition}:execute-api:${this.region}:${this.account}:${api.ref}/*/*`,
      });
      return handler;
    });
    this.api = api;
    this.role = this.functions[0].role;

    new CfnOutput(this, 'ApiEndpoint', { value: api.attrApiEndpoint });
    new CfnOutput(this, 'ApiId', { value: api.ref });
    const layerOutput = (name, value) => new CfnOutput(this, name, { value, exportName: `${environment}-${name}` });
    layerOutput('DependenciesLayerArn', dependencies.layerVersionArn);
    layerOutput('SharedUtilsLayerArn', sharedUtils.layerVersionArn);
  }
}
