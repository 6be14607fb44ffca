// What differs between the two versions of the example. Everything else is in stacks/.
export const VERSIONS = {
  // As the original was: alarms and queries on things that do not exist, claimed controls that nobody built.
  '1.4.0': {
    apiMemory: 512,
    apiVariables: {},
    failuresQueue: 'mint-failures',
    hasSeasonLeaderboard: false,
    nodeVersion: 20,
    tracesWorkflows: false,
    hasFirewallLog: false,
    hasFlowLog: false,
    watchesRealMetrics: false,
  },
  '1.5.0': {
    // Modified: memory and variables of every API function.
    apiMemory: 1024,
    apiVariables: { LEADERBOARD_PAGE_SIZE: '50' },
    // Replaced: a queue cannot be renamed, and what lies in it is lost.
    failuresQueue: 'workflow-failures',
    // Added: a function with its role, log group, integration, route, permission and alarm.
    hasSeasonLeaderboard: true,
    // Modified: the runtime of every function, which AWS no longer supports; tracing of those that had none.
    nodeVersion: 22,
    tracesWorkflows: true,
    // Added: two controls that were claimed.
    hasFirewallLog: true,
    hasFlowLog: true,
    // Modified: alarms, dashboards and queries look at what is really published and written. Removed: an alarm on a
    // metric of SQL Server. Added: one on connections.
    watchesRealMetrics: true,
  },
};

export const ENVIRONMENTS = {
  staging: {
    network: 'preprod',
    minCapacity: 0.5,
    deletionProtection: false,
    nodeEnv: 'staging',
    proxyDebugLogging: true,
    samplingRate: 0.1,
  },
  production: {
    network: 'mainnet',
    minCapacity: 2,
    deletionProtection: true,
    nodeEnv: 'production',
    proxyDebugLogging: false,
    samplingRate: 0.05,
  },
};

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
