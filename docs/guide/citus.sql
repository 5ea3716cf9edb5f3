-- Spreads Kaquan's tables over the machines of a Citus cluster, by the merchant's number.
-- Run it once, on the coordinator, after the first start of Kaquan and before there is much data:
--   psql "$DATABASE_URL" --set ON_ERROR_STOP=1 --file docs/guide/citus.sql

begin;

-- Few rows, read before the merchant is known: whole on every machine.
select create_reference_table('merchant');
select create_reference_table('token');

-- All others lie where their merchant lies.
select create_distributed_table('tip', 'merchant');
select create_distributed_table('card', 'merchant', colocate_with => 'tip');
select create_distributed_table('face', 'merchant', colocate_with => 'tip');
select create_distributed_table('holder', 'merchant', colocate_with => 'tip');
select create_distributed_table('counted', 'merchant', colocate_with => 'tip');
select create_distributed_table('code', 'merchant', colocate_with => 'tip');
select create_distributed_table('fact', 'merchant', colocate_with => 'tip');
select create_distributed_table('pool', 'merchant', colocate_with => 'tip');
select create_distributed_table('ticket', 'merchant', colocate_with => 'tip');
select create_distributed_table('reply', 'merchant', colocate_with => 'tip');
select create_distributed_table('session', 'merchant', colocate_with => 'tip');
select create_distributed_table('day', 'merchant', colocate_with => 'tip');
select create_distributed_table('day_people', 'merchant', colocate_with => 'tip');
select create_distributed_table('member', 'merchant', colocate_with => 'tip');
select create_distributed_table('step', 'merchant', colocate_with => 'tip');
select create_distributed_table('outstanding', 'merchant', colocate_with => 'tip');
select create_distributed_table('progress', 'merchant', colocate_with => 'tip');

commit;
