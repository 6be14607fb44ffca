import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as xray from 'aws-cdk-lib/aws-xray';

import { dashboards } from './dashboards.js';
import { fullAccount } from './full-account.js';

// [OBS-40 … OBS-49] Name, whose log groups, what it looks for.
const QUERIES = [
  ['API-ErrorPatterns', 'api', 'filter status >= 400 | stats count(*) as failures by status, integrationError | limit 20'],
  ['SlowDatabaseQueries', 'functions', 'filter @message like /database|query/ and duration > 1000 | limit 50'],
  ['BlockchainTransactionFailures', 'functions', 'filter @message like /blockchain|transaction/ and @message like /error/ | limit 100'],
  ['LambdaErrorsByFunction', 'functions', 'filter @message like /ERROR/ | stats count(*) as failures by @logStream'],
  ['SessionFlowErrors', 'functions', 'filter @message like /session/ and @message like /error/ | limit 100'],
  ['MintForgeOperations', 'functions', 'filter @message like /mint|forge/ | limit 100'],
  ['HighLatencyRequests', 'both', 'filter duration > 500 | limit 50'],
  ['AuthenticationFailures', 'both', 'filter @message like /auth|jwt|unauthorized/ | limit 100'],
  ['RedisConnectionIssues', 'functions', 'filter @message like /redis|cache/ and @message like /connection|timeout|error/ | limit 100'],
  ['StepFunctionsFailures', 'functions', 'filter @message like /workflow/ and @message like /error/ | limit 100'],
];

export class ObservabilityStack extends Stack {
  constructor(scope, id, { environment, settings, version, api, data, workflow, ...props }) {
    super(scope, id, props);
    const full = fullAccount(this);
    // [OBS-1 … OBS-3] No alarm tells the general one.
    const topic = (logicalId, name, displayName) =>
      new sns.CfnTopic(this, logicalId, {
        topicName: `trivia-nft-${name}-${environment}`,
        displayName: `TriviaNFT ${environment} ${displayName}`,
      });
    const critical = topic('CriticalAlarmTopic', 'critical-alarms', 'Critical Alarms');
    const warning = topic('WarningAlarmTopic', 'warning-alarms', 'Warning Alarms');
    const general = topic('AlarmTopic', 'alarms', 'Alarms');

    this.alarms(full, version, { environment, api, data, workflow, critical, warning });
    this.queries(full, version, { environment, api });
    // [OBS-53]
    full.only(
      new xray.CfnSamplingRule(this, 'Sampling', {
        samplingRule: {
          ruleName: `TriviaNFT-${environment}`,
          priority: 1000,
          reservoirSize: 1,
          fixedRate: settings.samplingRate,
          serviceName: `trivia-nft-${environment}`,
          serviceType: '*',
          host: '*',
          httpMethod: '*',
          urlPath: '*',
          resourceArn: '*',
          version: 1,
        },
      }),
    );

    new CfnOutput(this, 'CriticalAlarmTopicArn', { value: critical.ref });
    new CfnOutput(this, 'WarningAlarmTopicArn', { value: warning.ref });
    new CfnOutput(this, 'AlarmTopicArn', { value: general.ref });
    const console = `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}`;
    const bodies = dashboards({ environment, region: this.region, version, api, data, workflow });
    for (const [logicalId, name, widgets] of bodies) {
      new cloudwatch.CfnDashboard(this, `${logicalId}Dashboard`, {
        dashboardName: `TriviaNFT-${name}-${environment}`,
        dashboardBody: this.toJsonString({ widgets }),
      });
      new CfnOutput(this, `${logicalId}DashboardUrl`, {
        value: `${console}#dashboards:name=TriviaNFT-${name}-${environment}`,
      });
    }
    new CfnOutput(this, 'XRayServiceMapUrl', { value: `${console}#xray:service-map/map` });
  }

  // [OBS-10 … OBS-19]
  alarms(full, version, { environment, api, data, workflow, critical, warning }) {
    const real = version.watchesRealMetrics;
    const alarm = (logicalId, name, target, { threshold, evaluationPeriods = 1, ...more }) =>
      new cloudwatch.CfnAlarm(this, logicalId, {
        alarmName: `TriviaNFT-${name}-${this.stackName}`,
        comparisonOperator: 'GreaterThanThreshold',
        threshold,
        evaluationPeriods,
        treatMissingData: 'notBreaching',
        actionsEnabled: true,
        alarmActions: [target.ref],
        ...more,
      });
    const metric = (namespace, metricName, statistic, dimensions, period = 300) => ({
      namespace,
      metricName,
      statistic,
      period,
      dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    });
    const counted = (id, metricName) => ({
      id,
      returnData: false,
      metricStat: {
        metric: { namespace: 'AWS/ApiGateway', metricName, dimensions: [{ name: 'ApiId', value: api.api.ref }] },
        period: 300,
        stat: 'Sum',
      },
    });
    // An HTTP API publishes 4xx and 5xx; the original looks at the names a REST API has.
    const [client, server] = real ? ['4xx', '5xx'] : ['4XXError', '5XXError'];
    // Metric math is beyond the emulator.
    full.only(
      alarm('ApiErrorRate', 'API-ErrorRate', critical, {
        threshold: 5,
        evaluationPeriods: 2,
        metrics: [
          { id: 'rate', expression: '(client + server) / requests * 100', label: 'Error rate', returnData: true },
          counted('client', client),
          counted('server', server),
          counted('requests', 'Count'),
        ],
      }),
    );
    for (const [logicalId, handler] of api.functions) {
      new cloudwatch.CfnAlarm(this, `${logicalId}Errors`, {
        alarmName: `TriviaNFT-Lambda-${handler.node.defaultChild.functionName}-Errors`,
        comparisonOperator: 'GreaterThanThreshold',
        threshold: 10,
        evaluationPeriods: 1,
        treatMissingData: 'notBreaching',
        actionsEnabled: true,
        alarmActions: [critical.ref],
        ...metric('AWS/Lambda', 'Errors', 'Sum', { FunctionName: handler.functionName }, 60),
      });
    }
    const cluster = { DBClusterIdentifier: data.cluster.ref };
    if (real) {
      const metricOf = metric('AWS/RDS', 'DatabaseConnections', 'Average', cluster);
      alarm('DatabaseConnections', 'Database-Connections', critical, { threshold: 90, evaluationPeriods: 2, ...metricOf });
    } else {
      const metricOf = metric('AWS/RDS', 'FailedSQLServerAgentJobsCount', 'Sum', cluster);
      alarm('DatabaseConnectionFailures', 'Database-ConnectionFailures', critical, { threshold: 5, ...metricOf });
    }
    alarm('DatabaseCpu', 'Database-HighCPU', warning, {
      threshold: 80,
      evaluationPeriods: 2,
      ...metric('AWS/RDS', 'CPUUtilization', 'Average', cluster),
    });
    // ElastiCache publishes per node.
    const redis = real ? { CacheClusterId: `${data.redis.ref}-0001-001` } : { ReplicationGroupId: data.redis.ref };
    alarm('RedisMemory', 'Redis-HighMemory', warning, {
      threshold: 80,
      evaluationPeriods: 2,
      ...metric('AWS/ElastiCache', 'DatabaseMemoryUsagePercentage', 'Average', redis),
    });
    alarm('RedisEvictions', 'Redis-Evictions', warning, {
      threshold: 100,
      ...metric('AWS/ElastiCache', 'Evictions', 'Sum', redis),
    });
    alarm('BlockchainFailureRate', 'Blockchain-FailureRate', critical, {
      threshold: 10,
      ...metric('TriviaNFT', 'TransactionFailureRate', 'Average', { Environment: real ? environment : this.stackName }, 900),
    });
    for (const [name, machine] of [['Mint', workflow.mint], ['Forge', workflow.forge]]) {
      alarm(`${name}WorkflowFailures`, `${name}Workflow-Failures`, critical, {
        threshold: 3,
        ...metric('AWS/States', 'ExecutionsFailed', 'Sum', { StateMachineArn: machine.ref }),
      });
    }
  }

  // [OBS-50] The original reads a log group that nobody writes.
  queries(full, version, { environment, api }) {
    const unwritten = `/aws/lambda/trivia-nft-${environment}`;
    if (!version.watchesRealMetrics) {
      new logs.CfnLogGroup(this, 'FunctionLogs', { logGroupName: unwritten, retentionInDays: 30 });
    }
    const functions = version.watchesRealMetrics
      ? api.functions.map(([, handler]) => `/aws/lambda/${handler.node.defaultChild.functionName}`)
      : [unwritten];
    const requests = [`/aws/apigateway/trivia-nft-${environment}`];
    const groups = { api: requests, functions, both: [...requests, ...functions] };
    for (const [name, of, query] of QUERIES) {
      full.only(
        new logs.CfnQueryDefinition(this, `Query${name.replaceAll('-', '')}`, {
          name: `TriviaNFT-${name}-${environment}`,
          logGroupNames: groups[of],
          queryString: `fields @timestamp, @message | ${query}`,
        }),
      );
    }
  }
}
