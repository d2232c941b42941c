-- Where the buyer says where his money shall go, of a refund that waits for him: whoever has the address can claim it.
alter table refunds add column claim_url text;
