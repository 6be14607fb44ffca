import { CfnOutput, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as cache from 'aws-cdk-lib/aws-elasticache';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';

export class DataStack extends Stack {
  constructor(scope, id, { environment, settings, ...props }) {
    super(scope, id, props);
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

    this.vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: 2,
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'Isolated', cidrMask: 24, subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    });
    const subnetIds = this.vpc.isolatedSubnets.map((s) => s.subnetId);
    this.lambdaGroup = new ec2.CfnSecurityGroup(this, 'LambdaGroup', {
      groupDescription: 'Functions that reach the data layer',
      vpcId: this.vpc.vpcId,
    });
    const ingress = (logicalId, groupDescription, port) =>
      new ec2.CfnSecurityGroup(this, logicalId, {
        groupDescription,
        vpcId: this.vpc.vpcId,
        securityGroupIngress: [
          {
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            sourceSecurityGroupId: this.lambdaGroup.attrGroupId,
          },
        ],
      });
    const auroraGroup = ingress('AuroraGroup', 'Aurora, from functions only', 5432);
    const redisGroup = ingress('RedisGroup', 'Redis, from functions only', 6379);

    const databaseSubnets = new rds.CfnDBSubnetGroup(this, 'DatabaseSubnets', {
      dbSubnetGroupDescription: 'Isolated subnets',
      subnetIds,
    });
    const parameters = new rds.CfnDBClusterParameterGroup(this, 'DatabaseParameters', {
      description: 'Slow statements and connections are logged',
      family: 'aurora-postgresql15',
      parameters: { log_min_duration_statement: '1000', log_connections: '1' },
    });
    const cluster = new rds.CfnDBCluster(this, 'Aurora', {
      engine: 'aurora-postgresql',
      engineVersion: '15.8',
      databaseName: 'trivianft',
      masterUsername: 'trivia_admin',
      masterUserPassword: Fn.join('', ['{{resolve:secretsmanager:', this.databaseSecret.attrId, ':SecretString:password::}}']),
      dbSubnetGroupName: databaseSubnets.ref,
      dbClusterParameterGroupName: parameters.ref,
      vpcSecurityGroupIds: [auroraGroup.attrGroupId],
      backupRetentionPeriod: 35,
      storageEncrypted: true,
      deletionProtection: settings.deletionProtection,
      serverlessV2ScalingConfiguration: { minCapacity: settings.minCapacity, maxCapacity: 16 },
    });
    cluster.applyRemovalPolicy(settings.deletionProtection ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY);
    new rds.CfnDBInstance(this, 'AuroraWriter', {
      engine: 'aurora-postgresql',
      dbClusterIdentifier: cluster.ref,
      dbInstanceClass: 'db.serverless',
    });

    const redisSubnets = new cache.CfnSubnetGroup(this, 'RedisSubnets', { description: 'Isolated subnets', subnetIds });
    const redis = new cache.CfnReplicationGroup(this, 'Redis', {
      replicationGroupDescription: `Sessions of ${environment}`,
      engine: 'redis',
      engineVersion: '7.0',
      cacheNodeType: 'cache.r7g.large',
      // Two in the real one; the emulator, like the cluster mode of today, wants three.
      numNodeGroups: 3,
      replicasPerNodeGroup: 1,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      atRestEncryptionEnabled: true,
      transitEncryptionEnabled: true,
      cacheSubnetGroupName: redisSubnets.ref,
      securityGroupIds: [redisGroup.attrGroupId],
      snapshotRetentionLimit: 7,
    });

    const migration = new lambda.Function(this, 'Migration', {
      functionName: `TriviaNFT-Migration-${environment}`,
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset('functions/migration'),
      memorySize: 512,
      timeout: Duration.minutes(5),
      environment: { NODE_ENV: settings.nodeEnv, DATABASE_SECRET_ARN: this.databaseSecret.attrId },
      logGroup: new logs.LogGroup(this, 'MigrationLogs', {
        logGroupName: `/aws/lambda/TriviaNFT-Migration-${environment}`,
        retention: logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });

    const output = (name, value) => new CfnOutput(this, name, { value });
    output('VpcId', this.vpc.vpcId);
    output('AuroraClusterEndpoint', cluster.attrEndpointAddress);
    // RDS Proxy is a resource type the emulator does not know; the reader endpoint stands in for it.
    output('AuroraProxyEndpoint', cluster.attrReadEndpointAddress);
    output('RedisEndpoint', redis.attrConfigurationEndPointAddress);
    output('MigrationFunctionArn', migration.functionArn);
  }
}
