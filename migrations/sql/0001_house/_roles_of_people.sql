-- The built-in roles. What they may do stands in each entity's permissions; the admin's is everything.
INSERT INTO roles (name, description, built_in) VALUES
    ('admin', 'Everything, at all locations', true),
    ('manager', 'Everything of their locations except access and system', true),
    ('clerk', 'Catalog and stock of their locations: transfers, adjustments, counts, requests', true),
    ('frontdesk', 'Clients, appointments, sales and shifts of their locations', true),
    ('viewer', 'Sees and exports, changes nothing', true)
ON CONFLICT (name) DO NOTHING;
INSERT INTO permissions (role_id, entity, verb) SELECT id, '*', '*' FROM roles WHERE name = 'admin' ON CONFLICT DO NOTHING;
INSERT INTO permissions (role_id, entity, field, level) SELECT id, '*', '*', 'change' FROM roles WHERE name = 'admin' ON CONFLICT DO NOTHING;
