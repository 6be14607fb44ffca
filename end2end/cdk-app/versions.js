// What differs between the two versions of the example. Everything else is in stacks/.
export const VERSIONS = {
  '1.4.0': {
    apiMemory: 512,
    apiVariables: {},
    failuresQueue: 'mint-failures',
    hasSeasonLeaderboard: false,
    hasEvictionAlarm: true,
  },
  '1.5.0': {
    // Modified: memory and variables of every API function.
    apiMemory: 1024,
    apiVariables: { LEADERBOARD_PAGE_SIZE: '50' },
    // Replaced: a queue cannot be renamed, and what lies in it is lost.
    failuresQueue: 'workflow-failures',
    // Added: a function with its role, log group, integration, route and permission.
    hasSeasonLeaderboard: true,
    // Removed: one alarm.
    hasEvictionAlarm: false,
  },
};

export const ENVIRONMENTS = {
  staging: { network: 'preprod', minCapacity: 0.5, deletionProtection: false, nodeEnv: 'staging' },
  production: { network: 'mainnet', minCapacity: 2, deletionProtection: true, nodeEnv: 'production' },
};

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
