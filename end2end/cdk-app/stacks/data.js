import { CfnOutput, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as cache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';

import { fullAccount } from './full-account.js';
import { makeFunction } from './functions.js';

export class DataStack extends Stack {
  constructor(scope, id, { environment, settings, version, ...props }) {
    super(scope, id, props);
    const full = fullAccount(this);
    // [SCR-5, SCR-6]
    this.databaseSecret = new secrets.CfnSecret(this, 'DatabaseSecret', {
      name: `${environment}/trivia-nft/database`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: 'trivia_admin' }),
        generateStringKey: 'password',
        passwordLength: 32,
        excludePunctuation: true,
      },
    });
    this.redisSecret = new secrets.CfnSecret(this, 'RedisSecret', {
      name: `${environment}/trivia-nft/redis`,
      generateSecretString: { passwordLength: 32, excludePunctuation: true },
    });

    this.network(full, version);
    const { lambdaGroup } = this;
    const ingress = (logicalId, groupDescription, port) =>
      new ec2.CfnSecurityGroup(this, logicalId, {
        groupDescription,
        vpcId: this.vpc.vpcId,
        securityGroupIngress: [
          { ipProtocol: 'tcp', fromPort: port, toPort: port, sourceSecurityGroupId: lambdaGroup.attrGroupId },
        ],
      });
    const auroraGroup = ingress('AuroraGroup', 'Aurora, from functions only', 5432);
    const redisGroup = ingress('RedisGroup', 'Redis, from functions only', 6379);
    const isolated = this.vpc.isolatedSubnets.map((s) => s.subnetId);

    const cluster = this.database(settings, auroraGroup, isolated);
    const proxy = this.proxy(full, settings, cluster, auroraGroup);
    const redis = this.cache(environment, redisGroup, isolated);
    const migration = makeFunction(this, 'Migration', {
      name: `TriviaNFT-Migration-${environment}`,
      version,
      code: 'functions/migration',
      data: this,
      seconds: 300,
      environment: { NODE_ENV: settings.nodeEnv, DATABASE_SECRET_ARN: this.databaseSecret.attrId },
    });

    const output = (name, value) => new CfnOutput(this, name, { value });
    output('VpcId', this.vpc.vpcId);
    output('AuroraClusterEndpoint', cluster.attrEndpointAddress);
    // Where there is no proxy, the reader endpoint stands in for it.
    output('AuroraProxyEndpoint', full.either(proxy.attrEndpoint, cluster.attrReadEndpointAddress));
    output('RedisEndpoint', redis.attrConfigurationEndPointAddress);
    output('MigrationFunctionArn', migration.functionArn);
    this.cluster = cluster;
    this.redis = redis;
  }

  // [DAT-2, DAT-3]
  network(full, version) {
    const subnets = (name, subnetType) => ({ name, cidrMask: 24, subnetType });
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: 2,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        subnets('Public', ec2.SubnetType.PUBLIC),
        subnets('Private', ec2.SubnetType.PRIVATE_WITH_EGRESS),
        subnets('Isolated', ec2.SubnetType.PRIVATE_ISOLATED),
      ],
    });
    this.privateSubnetIds = this.vpc.privateSubnets.map((s) => s.subnetId);
    const address = full.only(new ec2.CfnEIP(this, 'NatAddress', { domain: 'vpc' }));
    const nat = full.only(
      new ec2.CfnNatGateway(this, 'Nat', {
        allocationId: address.attrAllocationId,
        subnetId: this.vpc.publicSubnets[0].subnetId,
      }),
    );
    this.vpc.privateSubnets.forEach((subnet, i) => {
      full.only(
        new ec2.CfnRoute(this, `PrivateRoute${i + 1}`, {
          routeTableId: subnet.routeTable.routeTableId,
          destinationCidrBlock: '0.0.0.0/0',
          natGatewayId: nat.ref,
        }),
      );
    });
    this.lambdaGroup = new ec2.CfnSecurityGroup(this, 'LambdaGroup', {
      groupDescription: 'Functions that reach the data layer',
      vpcId: this.vpc.vpcId,
    });
    if (!version.hasFlowLog) return;
    const log = new logs.CfnLogGroup(this, 'FlowLogGroup', {
      logGroupName: `/aws/vpc/${this.stackName}`,
      retentionInDays: 30,
    });
    const role = new iam.Role(this, 'FlowLogRole', {
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com'),
    });
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.attrArn] }),
    );
    full.only(
      new ec2.CfnFlowLog(this, 'FlowLog', {
        resourceId: this.vpc.vpcId,
        resourceType: 'VPC',
        trafficType: 'REJECT',
        logDestinationType: 'cloud-watch-logs',
        logGroupName: log.ref,
        deliverLogsPermissionArn: role.roleArn,
      }),
    );
  }

  // [DAT-4, DAT-5]
  database(settings, group, subnetIds) {
    const databaseSubnets = new rds.CfnDBSubnetGroup(this, 'DatabaseSubnets', {
      dbSubnetGroupDescription: 'Isolated subnets',
      subnetIds,
    });
    const parameters = new rds.CfnDBClusterParameterGroup(this, 'DatabaseParameters', {
      description: 'Slow statements and connections are logged',
      family: 'aurora-postgresql15',
      parameters: {
        force_autovacuum_logging_level: 'warning',
        log_min_duration_statement: '1000',
        log_connections: '1',
        log_disconnections: '1',
        shared_preload_libraries: 'pg_stat_statements',
      },
    });
    const cluster = new rds.CfnDBCluster(this, 'Aurora', {
      engine: 'aurora-postgresql',
      engineVersion: '15.8',
      databaseName: 'trivianft',
      masterUsername: 'trivia_admin',
      masterUserPassword: Fn.join('', ['{{resolve:secretsmanager:', this.databaseSecret.attrId, ':SecretString:password::}}']),
      dbSubnetGroupName: databaseSubnets.ref,
      dbClusterParameterGroupName: parameters.ref,
      vpcSecurityGroupIds: [group.attrGroupId],
      port: 5432,
      backupRetentionPeriod: 35,
      preferredBackupWindow: '03:00-04:00',
      preferredMaintenanceWindow: 'sun:04:00-sun:05:00',
      enableCloudwatchLogsExports: ['postgresql'],
      storageEncrypted: true,
      deletionProtection: settings.deletionProtection,
      serverlessV2ScalingConfiguration: { minCapacity: settings.minCapacity, maxCapacity: 16 },
    });
    cluster.applyRemovalPolicy(settings.deletionProtection ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY);
    ['Writer', 'Reader'].forEach((name, promotionTier) => {
      new rds.CfnDBInstance(this, `Aurora${name}`, {
        engine: 'aurora-postgresql',
        dbClusterIdentifier: cluster.ref,
        dbInstanceClass: 'db.serverless',
        promotionTier,
        enablePerformanceInsights: true,
        performanceInsightsRetentionPeriod: 7,
        publiclyAccessible: false,
      });
    });
    new secrets.CfnSecretTargetAttachment(this, 'DatabaseSecretAttachment', {
      secretId: this.databaseSecret.attrId,
      targetId: cluster.ref,
      targetType: 'AWS::RDS::DBCluster',
    });
    return cluster;
  }

  // [DAT-6]
  proxy(full, settings, cluster, group) {
    const role = new iam.Role(this, 'ProxyRole', { assumedBy: new iam.ServicePrincipal('rds.amazonaws.com') });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: [this.databaseSecret.attrId],
      }),
    );
    const proxy = full.only(
      new rds.CfnDBProxy(this, 'Proxy', {
        dbProxyName: `${this.stackName}-proxy`.toLowerCase(),
        engineFamily: 'POSTGRESQL',
        roleArn: role.roleArn,
        requireTls: true,
        debugLogging: settings.proxyDebugLogging,
        auth: [{ authScheme: 'SECRETS', secretArn: this.databaseSecret.attrId, iamAuth: 'DISABLED' }],
        vpcSubnetIds: this.privateSubnetIds,
        vpcSecurityGroupIds: [group.attrGroupId],
      }),
    );
    full.only(
      new rds.CfnDBProxyTargetGroup(this, 'ProxyTargets', {
        dbProxyName: proxy.ref,
        targetGroupName: 'default',
        dbClusterIdentifiers: [cluster.ref],
        connectionPoolConfigurationInfo: {
          maxConnectionsPercent: 100,
          maxIdleConnectionsPercent: 50,
          connectionBorrowTimeout: 120,
          initQuery: 'SET SESSION statement_timeout = 30000',
        },
      }),
    );
    return proxy;
  }

  // [DAT-7]
  cache(environment, group, subnetIds) {
    const redisSubnets = new cache.CfnSubnetGroup(this, 'RedisSubnets', { description: 'Isolated subnets', subnetIds });
    return new cache.CfnReplicationGroup(this, 'Redis', {
      replicationGroupDescription: `Sessions of ${environment}`,
      engine: 'redis',
      engineVersion: '7.0',
      cacheNodeType: 'cache.r7g.large',
      // Two shards in the real one; the emulator, like the cluster mode of today, wants three. Six nodes in both.
      numNodeGroups: 3,
      replicasPerNodeGroup: 1,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      cacheSubnetGroupName: redisSubnets.ref,
      securityGroupIds: [group.attrGroupId],
      snapshotRetentionLimit: 7,
      snapshotWindow: '03:00-05:00',
      preferredMaintenanceWindow: 'sun:05:00-sun:07:00',
    });
  }
}
