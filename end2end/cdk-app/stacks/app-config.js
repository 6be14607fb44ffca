import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as appconfig from 'aws-cdk-lib/aws-appconfig';

const SETTINGS = {
  session: { questionsPerSession: 10, timerSeconds: 10, cooldownSeconds: 60 },
  limits: { dailySessionsConnected: 10, dailySessionsGuest: 5, resetTimeET: '00:00' },
  season: { pointsPerCorrect: 1, perfectBonus: 10 },
};

export class AppConfigStack extends Stack {
  constructor(scope, id, { environment, ...props }) {
    super(scope, id, props);
    this.application = new appconfig.CfnApplication(this, 'Application', { name: `TriviaNFT-${environment}` });
    this.environmentOfSettings = new appconfig.CfnEnvironment(this, 'Environment', {
      applicationId: this.application.ref,
      name: environment,
    });
    this.profile = new appconfig.CfnConfigurationProfile(this, 'Profile', {
      applicationId: this.application.ref,
      name: 'game-settings',
      locationUri: 'hosted',
    });
    const version = new appconfig.CfnHostedConfigurationVersion(this, 'Settings', {
      applicationId: this.application.ref,
      configurationProfileId: this.profile.ref,
      contentType: 'application/json',
      content: JSON.stringify(SETTINGS),
    });
    const strategy = new appconfig.CfnDeploymentStrategy(this, 'Strategy', {
      name: `TriviaNFT-GradualRollout-${environment}`,
      deploymentDurationInMinutes: 10,
      finalBakeTimeInMinutes: 5,
      growthFactor: 25,
      growthType: 'LINEAR',
      replicateTo: 'NONE',
    });
    new appconfig.CfnDeployment(this, 'FirstDeployment', {
      applicationId: this.application.ref,
      environmentId: this.environmentOfSettings.ref,
      configurationProfileId: this.profile.ref,
      configurationVersion: version.ref,
      deploymentStrategyId: strategy.ref,
    });

    const output = (name, value) =>
      new CfnOutput(this, name, { value, exportName: `TriviaNFT-AppConfig-${name}-${environment}` });
    output('ApplicationId', this.application.ref);
    output('EnvironmentId', this.environmentOfSettings.ref);
    output('ConfigurationProfileId', this.profile.ref);
    output('DeploymentStrategyId', strategy.ref);
  }
}
