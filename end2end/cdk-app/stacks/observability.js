import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';

const DASHBOARDS = {
  Api: ['API', 'AWS/ApiGateway', 'Count'],
  Database: ['Database', 'AWS/RDS', 'CPUUtilization'],
  Redis: ['Redis', 'AWS/ElastiCache', 'CacheHits'],
  Blockchain: ['Blockchain', 'TriviaNFT', 'TransactionFailureRate'],
};

export class ObservabilityStack extends Stack {
  constructor(scope, id, { environment, version, api, ...props }) {
    super(scope, id, props);
    const topic = (logicalId, name, displayName) =>
      new sns.CfnTopic(this, logicalId, {
        topicName: `trivia-nft-${name}-${environment}`,
        displayName: `TriviaNFT ${environment} ${displayName}`,
      });
    const critical = topic('CriticalAlarmTopic', 'critical-alarms', 'Critical Alarms');
    const warning = topic('WarningAlarmTopic', 'warning-alarms', 'Warning Alarms');
    const general = topic('AlarmTopic', 'alarms', 'Alarms');

    const alarm = (logicalId, name, metric, threshold, target) =>
      new cloudwatch.CfnAlarm(this, logicalId, {
        alarmName: `TriviaNFT-${name}-${this.stackName}`,
        comparisonOperator: 'GreaterThanThreshold',
        evaluationPeriods: 2,
        period: 300,
        threshold,
        treatMissingData: 'notBreaching',
        alarmActions: [target.ref],
        ...metric,
      });
    alarm(
      'ApiErrors',
      'API-Errors',
      {
        namespace: 'AWS/ApiGateway',
        metricName: '5xx',
        statistic: 'Sum',
        dimensions: [{ name: 'ApiId', value: api.api.ref }],
      },
      5,
      critical,
    );
    alarm(
      'DatabaseCpu',
      'Database-HighCPU',
      { namespace: 'AWS/RDS', metricName: 'CPUUtilization', statistic: 'Average' },
      80,
      warning,
    );
    if (version.hasEvictionAlarm) {
      alarm(
        'RedisEvictions',
        'Redis-Evictions',
        { namespace: 'AWS/ElastiCache', metricName: 'Evictions', statistic: 'Sum' },
        100,
        warning,
      );
    }

    new CfnOutput(this, 'CriticalAlarmTopicArn', { value: critical.ref });
    new CfnOutput(this, 'WarningAlarmTopicArn', { value: warning.ref });
    new CfnOutput(this, 'AlarmTopicArn', { value: general.ref });
    const console = `https://${this.region}.console.aws.amazon.com/cloudwatch/home?region=${this.region}`;
    for (const [logicalId, [name, namespace, metric]] of Object.entries(DASHBOARDS)) {
      new cloudwatch.CfnDashboard(this, `${logicalId}Dashboard`, {
        dashboardName: `TriviaNFT-${name}-${environment}`,
        dashboardBody: JSON.stringify({
          widgets: [
            {
              type: 'metric',
              width: 12,
              height: 6,
              properties: { metrics: [[namespace, metric]], region: this.region, title: name },
            },
          ],
        }),
      });
      new CfnOutput(this, `${logicalId}DashboardUrl`, {
        value: `${console}#dashboards:name=TriviaNFT-${name}-${environment}`,
      });
    }
    new CfnOutput(this, 'XRayServiceMapUrl', { value: `${console}#xray:service-map/map` });
  }
}
