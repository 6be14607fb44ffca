// [OBS-30 … OBS-34] What the four dashboards show: logical id, name, widgets.
export function dashboards({ environment, region, version, api, data, workflow }) {
  const real = version.watchesRealMetrics;
  const text = (markdown) => ({ type: 'text', width: 24, height: 2, properties: { markdown } });
  const graph = (title, metrics, stat = 'Average', more = {}) => ({
    type: 'metric',
    width: 12,
    height: 6,
    properties: { title, region, period: 300, stat, view: 'timeSeries', metrics, ...more },
  });
  // The original was given no API and wrote this text in its place.
  const apiId = real ? api.api.ref : 'API_NOT_DEPLOYED';
  const [client, server] = real ? ['4xx', '5xx'] : ['4XXError', '5XXError'];
  const ofApi = (name, options) => ['AWS/ApiGateway', name, 'ApiId', apiId, ...(options ? [options] : [])];
  const ofFunctions = (name) =>
    api.functions.map(([, handler]) => ['AWS/Lambda', name, 'FunctionName', handler.node.defaultChild.functionName]);
  const cluster = (name) => ['AWS/RDS', name, 'DBClusterIdentifier', data.cluster.ref];
  const node = real
    ? (name) => ['AWS/ElastiCache', name, 'CacheClusterId', `${data.redis.ref}-0001-001`]
    : (name) => ['AWS/ElastiCache', name, 'ReplicationGroupId', data.redis.ref];
  const custom = (name) => ['TriviaNFT', name, 'Environment', environment];
  const machine = (name, of) => ['AWS/States', name, 'StateMachineArn', of.ref];
  return [
    [
      'Api',
      'API',
      [
        text(`# TriviaNFT ${environment}: API`),
        graph('API latency (ms)', ['p50', 'p95', 'p99'].map((stat) => ofApi('Latency', { stat }))),
        graph('API throughput', [ofApi('Count')], 'Sum'),
        graph('API errors', [ofApi(client), ofApi(server)], 'Sum'),
        graph('API error rate (%)', [
          [{ expression: '(client + server) / requests * 100', label: 'Error rate', id: 'rate' }],
          ofApi(client, { id: 'client', stat: 'Sum', visible: false }),
          ofApi(server, { id: 'server', stat: 'Sum', visible: false }),
          ofApi('Count', { id: 'requests', stat: 'Sum', visible: false }),
        ]),
        ...(real
          ? [
              graph('Function errors', ofFunctions('Errors'), 'Sum'),
              graph('Function duration (ms)', ofFunctions('Duration')),
            ]
          : []),
      ],
    ],
    [
      'Database',
      'Database',
      [
        text(`# TriviaNFT ${environment}: database`),
        graph('Connections', [cluster('DatabaseConnections')]),
        graph('Capacity (ACU)', [cluster('ServerlessDatabaseCapacity')]),
        graph('Query latency (ms)', [cluster('ReadLatency'), cluster('WriteLatency')]),
        graph('CPU (%)', [cluster('CPUUtilization')]),
      ],
    ],
    [
      'Redis',
      'Redis',
      [
        text(`# TriviaNFT ${environment}: Redis`),
        graph('Memory (%)', [node('DatabaseMemoryUsagePercentage')]),
        graph('CPU (%)', [node('CPUUtilization')]),
        graph('Hits and misses', [node('CacheHits'), node('CacheMisses')], 'Sum'),
        graph('Evictions', [node('Evictions')], 'Sum'),
        graph('Network (bytes)', [node('NetworkBytesIn'), node('NetworkBytesOut')], 'Sum'),
      ],
    ],
    [
      'Blockchain',
      'Blockchain',
      [
        text(`# TriviaNFT ${environment}: blockchain`),
        graph('Mint success rate (%)', [custom('MintSuccessRate')]),
        graph('Mint confirmation time (s)', [custom('MintConfirmationTime')]),
        graph('Forge success rate (%)', [custom('ForgeSuccessRate')]),
        graph('Transaction failures', [custom('TransactionFailureRate')], 'Average', { period: 900 }),
        graph('Mint executions', ['ExecutionsSucceeded', 'ExecutionsFailed'].map((name) => machine(name, workflow.mint)), 'Sum'),
        graph('Forge executions', ['ExecutionsSucceeded', 'ExecutionsFailed'].map((name) => machine(name, workflow.forge)), 'Sum'),
      ],
    ],
  ];
}
