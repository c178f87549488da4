/** What is used of the client, as a module of its own: of one that is imported while it runs, no bundler leaves anything out. */
export { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
