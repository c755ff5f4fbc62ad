-- The stock ledger is insert-only for everyone, the owner included.
CREATE OR REPLACE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON stock_moves
    FOR EACH ROW EXECUTE FUNCTION backroom.refuse_change();
CREATE OR REPLACE TRIGGER refuse_truncate BEFORE TRUNCATE ON stock_moves
    FOR EACH STATEMENT EXECUTE FUNCTION backroom.refuse_change();
