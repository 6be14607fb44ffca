import { CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';

// Resource types the emulator does not know are made under this condition. The parameter is "true" unless whoever
// deploys into an emulator says otherwise.
export function fullAccount(stack) {
  const parameter = new CfnParameter(stack, 'FullAccount', {
    type: 'String',
    default: 'true',
    allowedValues: ['true', 'false'],
    description: 'false leaves out resource types that emulators do not know',
  });
  const condition = new CfnCondition(stack, 'IsFullAccount', {
    expression: Fn.conditionEquals(parameter.valueAsString, 'true'),
  });
  return {
    only: (resource) => {
      resource.cfnOptions.condition = condition;
      return resource;
    },
    either: (full, otherwise) => Fn.conditionIf(condition.logicalId, full, otherwise).toString(),
  };
}
