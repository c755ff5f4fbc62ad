-- A receipt is begun when the write begins, and gets its answer at the end, again.
DROP FUNCTION backroom.receipt(uuid, text);
