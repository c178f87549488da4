/**
 * Every endpoint, field, word, code, event, variable and function that the five descriptions name, written out by hand: by the
 * heading of docs/seeds.md under which it has to stand on the left. A name in two places of one description stands here once.
 */
export const SEED_NAMES: Readonly<Record<string, readonly string[]>> = {
  'CWC status tracking': words(`
    GET~/api/cwc/jobs/{jobId} POST~/api/cwc/jobs/{jobId} /api/cwc/submit batch=true x-webhook-secret Content-Type
    CWCJobStatusResponse jobId job-{8-char-hex}-{timestamp} status submissionCount submissions recipient.name recipient.chamber recipient.bioguideId
    submissions[].status messageId cwcConfirmation submissions[].error submittedAt createdAt completedAt metadata.templateId
    metadata.userId
    CWCJob id templateId userId messageIds results cwc_job template_id user_id message_ids submission_count created_at
    completed_at template_campaign template_campaign.metadata.job_id
    submissionResults queued processing completed partial failed submitted rate_limited
    CWCJobError error timestamp N8N_WEBHOOK_SECRET LAMBDA_WEBHOOK_SECRET DATABASE_URL`),

  'facnet job status': words(`
    GET~/api/validations/:id/job-status Authorization authenticateToken requireOwnership
    validationId jobId status jobState progress queuePosition error error.code error.message error.details
    queued processing completed failed waiting active delayed
    QUEUE_ERROR redis connection econnrefused timeout network
    FILE_ERROR file~not~found enoent encoding cannot~read fichier csv parse invalid~format malformed colonnes
    VALIDATION_ERROR validation règle invalid~data constraint
    WORKER_ERROR worker crash out~of~memory killed sigterm sigkill
    {~error:~string~} CategorizedError categorizeError() getQueuePosition() getJobStatus() getWaiting()
    storage.getValidationRun() validation_runs`),

  'Job progress and completion': words(`
    GET~/jobs/:jobId GET~/jobs /submit-job name data jobId GET~/webhooks POST~/webhooks PUT~/webhooks/:id DELETE~/webhooks/:id
    Authorization:~Bearer~<token> Content-Type
    id state progress result failedReason timestamp timestamp.created timestamp.started timestamp.finished
    waiting active delayed completed failed
    page limit status jobs pagination.total pagination.page pagination.limit pagination.pages
    subscribe:job unsubscribe:job job:progress job:completed job:failed job:<jobId>:progress job:<jobId>:completed
    job:<jobId>:failed data.jobId data.progress data.result data.error auth.token connect_error cors.origin cors.methods
    cors.credentials
    webhooks url eventType description createdAt updatedAt all webhookUrl jobname userId error
    PORT TOKEN_SECRET REFRESH_TOKEN_SECRET REDIS_HOST REDIS_PORT DATABASE_URL logger.level
    pollJobStatus loadJobsDashboard`),

  'Transflow status': words(`
    GET~/api/transflow/status?assemblyId= /api/status?assemblyId= /api/transflow/stream?uploadId= EventSource
    /api/webhooks/transflow
    sha256(md5(fileContent)~+~templateId~+~userId) sha256(md5List.join("")~+~templateId~+~userId) md5hash
    AssemblyStatus assembly_id ok error message
    uploads uploads[].id uploads[].name uploads[].basename uploads[].ext uploads[].size uploads[].mime uploads[].field
    uploads[].md5hash uploads[].meta
    results stepName results[].id results[].name results[].basename results[].ext results[].size results[].mime
    results[].field results[].original_id results[].ssl_url results[].meta
    bytes_expected bytes_received bytes_usage execution_duration execution_start last_job_completed template_id branch
    user.userId created_at updated_at
    {~error:~"Authentication~required"~} {~error:~"Access~denied"~}
    @xnetcat/transflow useAssemblyStatus(assemblyId) status loading StatusDisplay assembly createStatusHandler(config)
    extractUserContext(req,~config) getAssemblyStatus(assemblyId) GetCommand TransflowJobs
    StatusLambdaClient region functionName getStatus getStatusWithWebhook result.success result.status result.error
    result.statusCode AWS_REGION STATUS_FUNCTION_NAME queryStringParameters extractUserId(event)
    TemplateDefinition id steps webhookUrl webhookSecret
    x-transflow-signature JSON.stringify(req.body) TRANSFLOW_WEBHOOK_SECRET assembly.user.userId
    pollWithBackoff robustStatusCheck getBatchStatus getCachedStatus statusCache getProgressMessage
    ReadCapacityUnits WriteCapacityUnits ConsumedReadCapacityUnits ItemCount
    trackStatusCheck status_check found not_found user_id timestamp
    webhookMetrics attempts successes failures avgRetryCount webhook_received duration success`),

  'AI evaluation jobs': words(`
    GET~/api/ops/ai-evaluation-jobs/:jobId POST~/api/ops/leads/{leadId}/ai-evaluation Authorization X-Site-Id X-User-Id
    success data job_id lead_id status requested_at started_at progress_message duration_ms completed_at evaluation
    error_code error_message can_retry retry_count max_retries
    evaluation.id evaluation.score evaluation.label evaluation.recommendation evaluation.summary evaluation.risk_flags
    evaluation.fraud_signals evaluation.evaluated_at evaluation.model_version
    pending processing completed failed
    ModelTimeout JobNotFound Missing~X-Site-Id~header EvaluationNotFound InvalidJobStatus InternalError error message
    ai_evaluation_jobs id site_id evaluation_id model_version lead_ai_evaluations pollJobStatus`),
};

/** Separated by white space; `~` stands for a space within a name. */
function words(text: string): readonly string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((word) => word.replaceAll('~', ' '));
}
