-- An order that lags behind its line is due when the line came up, as everything else has its instant: so the sweep can leave what was
-- committed a moment ago to whoever has it in hand.
do $$
declare
  body text := (select pg_get_functiondef('due_work(text, timestamptz, int)'::regprocedure));
  was constant text := $text$      where o.status not in ('ready', 'canceled', 'refunded') and l.activated_at is not null limit most;$text$;
  is_now constant text := $text$      join businesses b on b.id = o.business_id
      where o.status not in ('ready', 'canceled', 'refunded') and l.activated_at <= business_now(b.clock_frozen_at, b.clock_offset_ms, machine_now)
      limit most;$text$;
begin
  if position(was in body) = 0 then
    raise exception 'due_work is not as it was left by 0011';
  end if;
  execute replace(body, was, is_now);
end
$$;
