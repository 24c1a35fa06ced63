package pipelines

// recordTables hold what runs leave behind. They are made before anything runs side by side (PITFALLS C3).
const recordTables = `create schema if not exists ops;
create table if not exists ops.runs (
    run_id varchar, command varchar, version varchar, outcome varchar, exit_code integer, message varchar,
    started_at timestamp with time zone, finished_at timestamp with time zone);
create table if not exists ops.steps (
    run_id varchar, kind varchar, step varchar, outcome varchar, row_count bigint, note varchar,
    started_at timestamp with time zone, finished_at timestamp with time zone);
alter table ops.steps add column if not exists rows_read bigint;
alter table ops.steps add column if not exists bytes_read bigint;
alter table ops.steps add column if not exists engine_seconds double;
create table if not exists ops.receipts (
    run_id varchar, source varchar, stream varchar, batch_id varchar,
    window_from timestamp with time zone, window_to timestamp with time zone,
    count_kind varchar, source_count bigint, read_count bigint, landed_count bigint, rejected_count bigint, repeated_count bigint,
    children varchar, is_proved boolean, is_agreed boolean, cursor varchar,
    started_at timestamp with time zone, finished_at timestamp with time zone, is_failed boolean);
alter table ops.receipts add column if not exists is_failed boolean;
create table if not exists ops.rejected_window (
    source varchar, stream varchar, window_from timestamp with time zone, window_to timestamp with time zone,
    read_at timestamp with time zone, record_count bigint);
create table if not exists ops.brought_from (catalog_id varchar);
comment on table ops.brought_from is 'The cluster''s catalog that the tables of this file were brought from; empty when they were built here';
comment on table ops.rejected_window is 'Records of orders and their lines that could not be decoded and that nothing has taken the place of since, by the window in which they were read';
comment on table ops.runs is 'One row a run: how it began and how it ended';
comment on table ops.steps is 'One row a step of a run: extract, build, audit, publish';
comment on table ops.receipts is 'One row a window that was read: what the source said of it, and what landed';`

// Kinds of steps, as they stand in ops.steps.
const (
	kindExtract = "extract"
	kindBuild   = "build"
	kindAudit   = "audit"
	kindPublish = "publish"
	kindUpkeep  = "upkeep"
)

// Outcomes of a run, as they stand in ops.runs.
const (
	outcomeRunning   = "running"
	outcomeGreen     = "green"
	outcomeFailed    = "failed"
	outcomeNotProved = "not proved"
	outcomeDied      = "died" // found running by a later run that holds the lock
)

// settingTables are written anew by each run from the project's file.
const settingTables = `create or replace table ops.project (name varchar, timezone varchar, base_currency varchar, attribution_model varchar,
    attribution_window_days integer, attribution_half_life_days integer, coverage_threshold double,
    demand_window_days integer, low_cover_days integer, high_cover_days integer);
create or replace table ops.chosen_attribution_model (model varchar);`
