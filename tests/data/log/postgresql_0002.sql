SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA assurance_log;
ALTER SCHEMA assurance_log OWNER TO log_owner;
CREATE FUNCTION assurance_log.checkpoint_in_order() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        IF NEW.size <= (SELECT max(size) FROM assurance_log.checkpoint) THEN
            RAISE EXCEPTION 'checkpoints only grow';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM assurance_log.head WHERE size = NEW.size) THEN
            RAISE EXCEPTION 'a checkpoint is of a head';
        END IF;
        RETURN NEW;
    END
    $$;
ALTER FUNCTION assurance_log.checkpoint_in_order() OWNER TO log_owner;
CREATE FUNCTION assurance_log.entry_contiguous() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    DECLARE
        first BIGINT;
        last BIGINT;
        count BIGINT;
    BEGIN
        SELECT min(idx), max(idx), count(*) INTO first, last, count FROM fresh;
        IF count > 0 AND (last - first + 1 <> count OR first <> (
            SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry WHERE idx < first
        )) THEN
            RAISE EXCEPTION 'entry indexes have no gaps';
        END IF;
        RETURN NULL;
    END
    $$;
ALTER FUNCTION assurance_log.entry_contiguous() OWNER TO log_owner;
CREATE FUNCTION assurance_log.head_in_order() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        IF NEW.size > (SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry)
            OR NEW.size <= (SELECT max(size) FROM assurance_log.head)
        THEN
            RAISE EXCEPTION 'head only grows, with the entries';
        END IF;
        RETURN NEW;
    END
    $$;
ALTER FUNCTION assurance_log.head_in_order() OWNER TO log_owner;
CREATE FUNCTION assurance_log.only_grows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
    END
    $$;
ALTER FUNCTION assurance_log.only_grows() OWNER TO log_owner;
CREATE FUNCTION assurance_log.state_grows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        IF NEW.id <> OLD.id OR NEW.epoch < OLD.epoch OR NEW.size < OLD.size
            OR NEW.published < OLD.published
        THEN
            RAISE EXCEPTION 'state never goes back';
        END IF;
        IF NEW.size <> (SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry)
            OR NEW.published <> (SELECT coalesce(max(size), -1) FROM assurance_log.checkpoint)
        THEN
            RAISE EXCEPTION 'the state says what there is';
        END IF;
        RETURN NEW;
    END
    $$;
ALTER FUNCTION assurance_log.state_grows() OWNER TO log_owner;
CREATE FUNCTION assurance_log.state_stays() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    BEGIN
        RAISE EXCEPTION 'state is one row';
    END
    $$;
ALTER FUNCTION assurance_log.state_stays() OWNER TO log_owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE assurance_log.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE assurance_log.alembic_version OWNER TO log_owner;
CREATE TABLE assurance_log.checkpoint (
    size bigint NOT NULL,
    note bytea NOT NULL,
    chain bytea NOT NULL,
    signed_at bigint NOT NULL,
    CONSTRAINT checkpoint_chain_check CHECK ((length(chain) = 32))
);
ALTER TABLE assurance_log.checkpoint OWNER TO log_owner;
CREATE TABLE assurance_log.content (
    sha256 bytea NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT content_sha256_check CHECK ((length(sha256) = 32))
);
ALTER TABLE assurance_log.content OWNER TO log_owner;
CREATE TABLE assurance_log.cosignature (
    size bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    key_hash bytea NOT NULL,
    line text NOT NULL COLLATE pg_catalog."C",
    cosigned_at bigint NOT NULL
);
ALTER TABLE assurance_log.cosignature OWNER TO log_owner;
CREATE TABLE assurance_log.entry (
    idx bigint NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT entry_body_check CHECK ((length(body) <= 65535))
);
ALTER TABLE assurance_log.entry OWNER TO log_owner;
CREATE TABLE assurance_log.head (
    size bigint NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT head_root_check CHECK ((length(root) = 32)),
    CONSTRAINT head_size_check CHECK ((size >= 0))
);
ALTER TABLE assurance_log.head OWNER TO log_owner;
CREATE TABLE assurance_log.identity (
    id bigint NOT NULL,
    origin text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT identity_id_check CHECK ((id = 1))
);
ALTER TABLE assurance_log.identity OWNER TO log_owner;
CREATE TABLE assurance_log.leaf (
    leaf_hash bytea NOT NULL,
    idx bigint NOT NULL,
    CONSTRAINT leaf_leaf_hash_check CHECK ((length(leaf_hash) = 32))
);
ALTER TABLE assurance_log.leaf OWNER TO log_owner;
CREATE TABLE assurance_log.log_key (
    from_size bigint NOT NULL,
    vkey text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT log_key_from_size_check CHECK ((from_size >= 0))
);
ALTER TABLE assurance_log.log_key OWNER TO log_owner;
CREATE TABLE assurance_log.record (
    idx bigint NOT NULL,
    bundle_sha256 bytea NOT NULL,
    release text COLLATE pg_catalog."C",
    version text COLLATE pg_catalog."C",
    environment text COLLATE pg_catalog."C",
    verdict text COLLATE pg_catalog."C",
    decided_at text COLLATE pg_catalog."C"
);
ALTER TABLE assurance_log.record OWNER TO log_owner;
CREATE TABLE assurance_log.record_field (
    field text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    idx bigint NOT NULL
);
ALTER TABLE assurance_log.record_field OWNER TO log_owner;
CREATE TABLE assurance_log.state (
    id bigint NOT NULL,
    epoch bigint NOT NULL,
    size bigint NOT NULL,
    published bigint NOT NULL,
    lease_holder text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    lease_token text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT state_check CHECK ((published <= size)),
    CONSTRAINT state_id_check CHECK ((id = 1))
);
ALTER TABLE assurance_log.state OWNER TO log_owner;
CREATE TABLE assurance_log.tile (
    level bigint NOT NULL,
    n bigint NOT NULL,
    hashes bytea NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT tile_hashes_check CHECK ((length(hashes) = 8192)),
    CONSTRAINT tile_root_check CHECK ((length(root) = 32))
);
ALTER TABLE ONLY assurance_log.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
ALTER TABLE assurance_log.tile OWNER TO log_owner;
CREATE TABLE assurance_log.witness_key (
    name text NOT NULL COLLATE pg_catalog."C",
    key_hash bytea NOT NULL,
    vkey text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE assurance_log.witness_key OWNER TO log_owner;
INSERT INTO assurance_log.alembic_version VALUES ('0002');
INSERT INTO assurance_log.checkpoint VALUES (0, '\x6c6f672e6578616d706c652f72656c65617365730a300a3437444551706a38484253612b2f54496d572b354a4365755165526b6d354e4d704a575a473368537546553d0a0ae28094206c6f672e6578616d706c652f72656c6561736573204a5948312b66594b48694844486851493571634467514177547338625175586149617a50684f514d4c534572306e694a36527a6b474d4431477165535565425931766b5456595861432f38687a6e3339492f566b6b59752b5567343d0a', '\x70dccf4d49e5630acacc1e521545fe6d90d0b28757e8893ee53f114534e33556', 1795692097);
INSERT INTO assurance_log.checkpoint VALUES (300, '\x6c6f672e6578616d706c652f72656c65617365730a3330300a684f452b776541334656726d475856316d624c4e4961326c705758672f5a73784f6344447873473472616b3d0a0ae28094206c6f672e6578616d706c652f72656c6561736573204a5948312b616279464179483951456b76496348363678303764714c77665a6e6d51464a416a6a766a413935506849322f693754496750624633766a4972413441482b6b646774326d7973356f3762304c564444556737434467343d0a', '\x07b40ab4870bce67aa647d0693e6c6a584b3fdedc9590577ce5b826243df953f', 1700000000);
INSERT INTO assurance_log.checkpoint VALUES (301, '\x6c6f672e6578616d706c652f72656c65617365730a3330310a726f4c7331752f35796b4b5657304f75623268524a504650476e4371514b6e593568747a794346796873383d0a0ae28094206c6f672e6578616d706c652f72656c6561736573204a5948312b63614457346962585066614150767544677550646b434436586a6b65455174686275636c6561306e304e447437473076614e7939697864476a6c6c5664774954344d4c4d7a644a3069685a35346b2b2b5830342b67633d0a', '\x39d732ea421b4f4aacd8578c30dae178ee2199f3ac951f2e320212a85a529c3c', 1700000001);
INSERT INTO assurance_log.content VALUES ('\x0777d74a18a4862dcbc2af9b58aeced9434bc5dfbe1a2749419bfe8b2b40bf6d', '\x7b22766572696669636174696f6e4d6174657269616c223a207b227075626c69634b6579223a207b2268696e74223a202263636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363227d7d2c202264737365456e76656c6f7065223a207b227061796c6f6164223a202265794a77636d566b61574e68644756556558426c496a6f67496d68306448427a4f693876647a4e705a433576636d6376636d56735a57467a5a53316863334e31636d467559325576636d56685a476c755a584e7a4c33597849697767496e4e31596d706c593351694f69426265794a755957316c496a6f67496e67694c4341695a476c6e5a584e30496a6f6765794a7a614745794e5459694f69416959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a68596d466959574a6859694a396656307349434a77636d566b61574e68644755694f694237496e4a6c633356736443493649434a485479497349434a6c626e5a70636d3975625756756443493649434a77636d396b64574e306157397549697767496d526c59326c6b5a57524264434936494349794d4449324c5445784c54497a564445304f6a41314f6a41775769497349434a795a57786c59584e6c496a6f6765794a755957316c496a6f67496d786c5a47646c6369316863476b694c434169646d567963326c7662694936494349794c6a51754d534a396658303d227d7d0a');
INSERT INTO assurance_log.cosignature VALUES (301, 'w.example', '\x188d5013', '— w.example GI1QEwAAAAAAAAAFauIPFJ2lrd8FxYIIl96MoKgIYfGLx36FW3unLhy3BQTqcxOcBLvfaw6NlMnD43RIp41w6yLBO5zvd9NiV6yCAg==
', 5);
INSERT INTO assurance_log.entry VALUES (0, '\x30');
INSERT INTO assurance_log.entry VALUES (1, '\x31');
INSERT INTO assurance_log.entry VALUES (2, '\x32');
INSERT INTO assurance_log.entry VALUES (3, '\x33');
INSERT INTO assurance_log.entry VALUES (4, '\x34');
INSERT INTO assurance_log.entry VALUES (5, '\x35');
INSERT INTO assurance_log.entry VALUES (6, '\x36');
INSERT INTO assurance_log.entry VALUES (7, '\x37');
INSERT INTO assurance_log.entry VALUES (8, '\x38');
INSERT INTO assurance_log.entry VALUES (9, '\x39');
INSERT INTO assurance_log.entry VALUES (10, '\x3130');
INSERT INTO assurance_log.entry VALUES (11, '\x3131');
INSERT INTO assurance_log.entry VALUES (12, '\x3132');
INSERT INTO assurance_log.entry VALUES (13, '\x3133');
INSERT INTO assurance_log.entry VALUES (14, '\x3134');
INSERT INTO assurance_log.entry VALUES (15, '\x3135');
INSERT INTO assurance_log.entry VALUES (16, '\x3136');
INSERT INTO assurance_log.entry VALUES (17, '\x3137');
INSERT INTO assurance_log.entry VALUES (18, '\x3138');
INSERT INTO assurance_log.entry VALUES (19, '\x3139');
INSERT INTO assurance_log.entry VALUES (20, '\x3230');
INSERT INTO assurance_log.entry VALUES (21, '\x3231');
INSERT INTO assurance_log.entry VALUES (22, '\x3232');
INSERT INTO assurance_log.entry VALUES (23, '\x3233');
INSERT INTO assurance_log.entry VALUES (24, '\x3234');
INSERT INTO assurance_log.entry VALUES (25, '\x3235');
INSERT INTO assurance_log.entry VALUES (26, '\x3236');
INSERT INTO assurance_log.entry VALUES (27, '\x3237');
INSERT INTO assurance_log.entry VALUES (28, '\x3238');
INSERT INTO assurance_log.entry VALUES (29, '\x3239');
INSERT INTO assurance_log.entry VALUES (30, '\x3330');
INSERT INTO assurance_log.entry VALUES (31, '\x3331');
INSERT INTO assurance_log.entry VALUES (32, '\x3332');
INSERT INTO assurance_log.entry VALUES (33, '\x3333');
INSERT INTO assurance_log.entry VALUES (34, '\x3334');
INSERT INTO assurance_log.entry VALUES (35, '\x3335');
INSERT INTO assurance_log.entry VALUES (36, '\x3336');
INSERT INTO assurance_log.entry VALUES (37, '\x3337');
INSERT INTO assurance_log.entry VALUES (38, '\x3338');
INSERT INTO assurance_log.entry VALUES (39, '\x3339');
INSERT INTO assurance_log.entry VALUES (40, '\x3430');
INSERT INTO assurance_log.entry VALUES (41, '\x3431');
INSERT INTO assurance_log.entry VALUES (42, '\x3432');
INSERT INTO assurance_log.entry VALUES (43, '\x3433');
INSERT INTO assurance_log.entry VALUES (44, '\x3434');
INSERT INTO assurance_log.entry VALUES (45, '\x3435');
INSERT INTO assurance_log.entry VALUES (46, '\x3436');
INSERT INTO assurance_log.entry VALUES (47, '\x3437');
INSERT INTO assurance_log.entry VALUES (48, '\x3438');
INSERT INTO assurance_log.entry VALUES (49, '\x3439');
INSERT INTO assurance_log.entry VALUES (50, '\x3530');
INSERT INTO assurance_log.entry VALUES (51, '\x3531');
INSERT INTO assurance_log.entry VALUES (52, '\x3532');
INSERT INTO assurance_log.entry VALUES (53, '\x3533');
INSERT INTO assurance_log.entry VALUES (54, '\x3534');
INSERT INTO assurance_log.entry VALUES (55, '\x3535');
INSERT INTO assurance_log.entry VALUES (56, '\x3536');
INSERT INTO assurance_log.entry VALUES (57, '\x3537');
INSERT INTO assurance_log.entry VALUES (58, '\x3538');
INSERT INTO assurance_log.entry VALUES (59, '\x3539');
INSERT INTO assurance_log.entry VALUES (60, '\x3630');
INSERT INTO assurance_log.entry VALUES (61, '\x3631');
INSERT INTO assurance_log.entry VALUES (62, '\x3632');
INSERT INTO assurance_log.entry VALUES (63, '\x3633');
INSERT INTO assurance_log.entry VALUES (64, '\x3634');
INSERT INTO assurance_log.entry VALUES (65, '\x3635');
INSERT INTO assurance_log.entry VALUES (66, '\x3636');
INSERT INTO assurance_log.entry VALUES (67, '\x3637');
INSERT INTO assurance_log.entry VALUES (68, '\x3638');
INSERT INTO assurance_log.entry VALUES (69, '\x3639');
INSERT INTO assurance_log.entry VALUES (70, '\x3730');
INSERT INTO assurance_log.entry VALUES (71, '\x3731');
INSERT INTO assurance_log.entry VALUES (72, '\x3732');
INSERT INTO assurance_log.entry VALUES (73, '\x3733');
INSERT INTO assurance_log.entry VALUES (74, '\x3734');
INSERT INTO assurance_log.entry VALUES (75, '\x3735');
INSERT INTO assurance_log.entry VALUES (76, '\x3736');
INSERT INTO assurance_log.entry VALUES (77, '\x3737');
INSERT INTO assurance_log.entry VALUES (78, '\x3738');
INSERT INTO assurance_log.entry VALUES (79, '\x3739');
INSERT INTO assurance_log.entry VALUES (80, '\x3830');
INSERT INTO assurance_log.entry VALUES (81, '\x3831');
INSERT INTO assurance_log.entry VALUES (82, '\x3832');
INSERT INTO assurance_log.entry VALUES (83, '\x3833');
INSERT INTO assurance_log.entry VALUES (84, '\x3834');
INSERT INTO assurance_log.entry VALUES (85, '\x3835');
INSERT INTO assurance_log.entry VALUES (86, '\x3836');
INSERT INTO assurance_log.entry VALUES (87, '\x3837');
INSERT INTO assurance_log.entry VALUES (88, '\x3838');
INSERT INTO assurance_log.entry VALUES (89, '\x3839');
INSERT INTO assurance_log.entry VALUES (90, '\x3930');
INSERT INTO assurance_log.entry VALUES (91, '\x3931');
INSERT INTO assurance_log.entry VALUES (92, '\x3932');
INSERT INTO assurance_log.entry VALUES (93, '\x3933');
INSERT INTO assurance_log.entry VALUES (94, '\x3934');
INSERT INTO assurance_log.entry VALUES (95, '\x3935');
INSERT INTO assurance_log.entry VALUES (96, '\x3936');
INSERT INTO assurance_log.entry VALUES (97, '\x3937');
INSERT INTO assurance_log.entry VALUES (98, '\x3938');
INSERT INTO assurance_log.entry VALUES (99, '\x3939');
INSERT INTO assurance_log.entry VALUES (100, '\x313030');
INSERT INTO assurance_log.entry VALUES (101, '\x313031');
INSERT INTO assurance_log.entry VALUES (102, '\x313032');
INSERT INTO assurance_log.entry VALUES (103, '\x313033');
INSERT INTO assurance_log.entry VALUES (104, '\x313034');
INSERT INTO assurance_log.entry VALUES (105, '\x313035');
INSERT INTO assurance_log.entry VALUES (106, '\x313036');
INSERT INTO assurance_log.entry VALUES (107, '\x313037');
INSERT INTO assurance_log.entry VALUES (108, '\x313038');
INSERT INTO assurance_log.entry VALUES (109, '\x313039');
INSERT INTO assurance_log.entry VALUES (110, '\x313130');
INSERT INTO assurance_log.entry VALUES (111, '\x313131');
INSERT INTO assurance_log.entry VALUES (112, '\x313132');
INSERT INTO assurance_log.entry VALUES (113, '\x313133');
INSERT INTO assurance_log.entry VALUES (114, '\x313134');
INSERT INTO assurance_log.entry VALUES (115, '\x313135');
INSERT INTO assurance_log.entry VALUES (116, '\x313136');
INSERT INTO assurance_log.entry VALUES (117, '\x313137');
INSERT INTO assurance_log.entry VALUES (118, '\x313138');
INSERT INTO assurance_log.entry VALUES (119, '\x313139');
INSERT INTO assurance_log.entry VALUES (120, '\x313230');
INSERT INTO assurance_log.entry VALUES (121, '\x313231');
INSERT INTO assurance_log.entry VALUES (122, '\x313232');
INSERT INTO assurance_log.entry VALUES (123, '\x313233');
INSERT INTO assurance_log.entry VALUES (124, '\x313234');
INSERT INTO assurance_log.entry VALUES (125, '\x313235');
INSERT INTO assurance_log.entry VALUES (126, '\x313236');
INSERT INTO assurance_log.entry VALUES (127, '\x313237');
INSERT INTO assurance_log.entry VALUES (128, '\x313238');
INSERT INTO assurance_log.entry VALUES (129, '\x313239');
INSERT INTO assurance_log.entry VALUES (130, '\x313330');
INSERT INTO assurance_log.entry VALUES (131, '\x313331');
INSERT INTO assurance_log.entry VALUES (132, '\x313332');
INSERT INTO assurance_log.entry VALUES (133, '\x313333');
INSERT INTO assurance_log.entry VALUES (134, '\x313334');
INSERT INTO assurance_log.entry VALUES (135, '\x313335');
INSERT INTO assurance_log.entry VALUES (136, '\x313336');
INSERT INTO assurance_log.entry VALUES (137, '\x313337');
INSERT INTO assurance_log.entry VALUES (138, '\x313338');
INSERT INTO assurance_log.entry VALUES (139, '\x313339');
INSERT INTO assurance_log.entry VALUES (140, '\x313430');
INSERT INTO assurance_log.entry VALUES (141, '\x313431');
INSERT INTO assurance_log.entry VALUES (142, '\x313432');
INSERT INTO assurance_log.entry VALUES (143, '\x313433');
INSERT INTO assurance_log.entry VALUES (144, '\x313434');
INSERT INTO assurance_log.entry VALUES (145, '\x313435');
INSERT INTO assurance_log.entry VALUES (146, '\x313436');
INSERT INTO assurance_log.entry VALUES (147, '\x313437');
INSERT INTO assurance_log.entry VALUES (148, '\x313438');
INSERT INTO assurance_log.entry VALUES (149, '\x313439');
INSERT INTO assurance_log.entry VALUES (150, '\x313530');
INSERT INTO assurance_log.entry VALUES (151, '\x313531');
INSERT INTO assurance_log.entry VALUES (152, '\x313532');
INSERT INTO assurance_log.entry VALUES (153, '\x313533');
INSERT INTO assurance_log.entry VALUES (154, '\x313534');
INSERT INTO assurance_log.entry VALUES (155, '\x313535');
INSERT INTO assurance_log.entry VALUES (156, '\x313536');
INSERT INTO assurance_log.entry VALUES (157, '\x313537');
INSERT INTO assurance_log.entry VALUES (158, '\x313538');
INSERT INTO assurance_log.entry VALUES (159, '\x313539');
INSERT INTO assurance_log.entry VALUES (160, '\x313630');
INSERT INTO assurance_log.entry VALUES (161, '\x313631');
INSERT INTO assurance_log.entry VALUES (162, '\x313632');
INSERT INTO assurance_log.entry VALUES (163, '\x313633');
INSERT INTO assurance_log.entry VALUES (164, '\x313634');
INSERT INTO assurance_log.entry VALUES (165, '\x313635');
INSERT INTO assurance_log.entry VALUES (166, '\x313636');
INSERT INTO assurance_log.entry VALUES (167, '\x313637');
INSERT INTO assurance_log.entry VALUES (168, '\x313638');
INSERT INTO assurance_log.entry VALUES (169, '\x313639');
INSERT INTO assurance_log.entry VALUES (170, '\x313730');
INSERT INTO assurance_log.entry VALUES (171, '\x313731');
INSERT INTO assurance_log.entry VALUES (172, '\x313732');
INSERT INTO assurance_log.entry VALUES (173, '\x313733');
INSERT INTO assurance_log.entry VALUES (174, '\x313734');
INSERT INTO assurance_log.entry VALUES (175, '\x313735');
INSERT INTO assurance_log.entry VALUES (176, '\x313736');
INSERT INTO assurance_log.entry VALUES (177, '\x313737');
INSERT INTO assurance_log.entry VALUES (178, '\x313738');
INSERT INTO assurance_log.entry VALUES (179, '\x313739');
INSERT INTO assurance_log.entry VALUES (180, '\x313830');
INSERT INTO assurance_log.entry VALUES (181, '\x313831');
INSERT INTO assurance_log.entry VALUES (182, '\x313832');
INSERT INTO assurance_log.entry VALUES (183, '\x313833');
INSERT INTO assurance_log.entry VALUES (184, '\x313834');
INSERT INTO assurance_log.entry VALUES (185, '\x313835');
INSERT INTO assurance_log.entry VALUES (186, '\x313836');
INSERT INTO assurance_log.entry VALUES (187, '\x313837');
INSERT INTO assurance_log.entry VALUES (188, '\x313838');
INSERT INTO assurance_log.entry VALUES (189, '\x313839');
INSERT INTO assurance_log.entry VALUES (190, '\x313930');
INSERT INTO assurance_log.entry VALUES (191, '\x313931');
INSERT INTO assurance_log.entry VALUES (192, '\x313932');
INSERT INTO assurance_log.entry VALUES (193, '\x313933');
INSERT INTO assurance_log.entry VALUES (194, '\x313934');
INSERT INTO assurance_log.entry VALUES (195, '\x313935');
INSERT INTO assurance_log.entry VALUES (196, '\x313936');
INSERT INTO assurance_log.entry VALUES (197, '\x313937');
INSERT INTO assurance_log.entry VALUES (198, '\x313938');
INSERT INTO assurance_log.entry VALUES (199, '\x313939');
INSERT INTO assurance_log.entry VALUES (200, '\x323030');
INSERT INTO assurance_log.entry VALUES (201, '\x323031');
INSERT INTO assurance_log.entry VALUES (202, '\x323032');
INSERT INTO assurance_log.entry VALUES (203, '\x323033');
INSERT INTO assurance_log.entry VALUES (204, '\x323034');
INSERT INTO assurance_log.entry VALUES (205, '\x323035');
INSERT INTO assurance_log.entry VALUES (206, '\x323036');
INSERT INTO assurance_log.entry VALUES (207, '\x323037');
INSERT INTO assurance_log.entry VALUES (208, '\x323038');
INSERT INTO assurance_log.entry VALUES (209, '\x323039');
INSERT INTO assurance_log.entry VALUES (210, '\x323130');
INSERT INTO assurance_log.entry VALUES (211, '\x323131');
INSERT INTO assurance_log.entry VALUES (212, '\x323132');
INSERT INTO assurance_log.entry VALUES (213, '\x323133');
INSERT INTO assurance_log.entry VALUES (214, '\x323134');
INSERT INTO assurance_log.entry VALUES (215, '\x323135');
INSERT INTO assurance_log.entry VALUES (216, '\x323136');
INSERT INTO assurance_log.entry VALUES (217, '\x323137');
INSERT INTO assurance_log.entry VALUES (218, '\x323138');
INSERT INTO assurance_log.entry VALUES (219, '\x323139');
INSERT INTO assurance_log.entry VALUES (220, '\x323230');
INSERT INTO assurance_log.entry VALUES (221, '\x323231');
INSERT INTO assurance_log.entry VALUES (222, '\x323232');
INSERT INTO assurance_log.entry VALUES (223, '\x323233');
INSERT INTO assurance_log.entry VALUES (224, '\x323234');
INSERT INTO assurance_log.entry VALUES (225, '\x323235');
INSERT INTO assurance_log.entry VALUES (226, '\x323236');
INSERT INTO assurance_log.entry VALUES (227, '\x323237');
INSERT INTO assurance_log.entry VALUES (228, '\x323238');
INSERT INTO assurance_log.entry VALUES (229, '\x323239');
INSERT INTO assurance_log.entry VALUES (230, '\x323330');
INSERT INTO assurance_log.entry VALUES (231, '\x323331');
INSERT INTO assurance_log.entry VALUES (232, '\x323332');
INSERT INTO assurance_log.entry VALUES (233, '\x323333');
INSERT INTO assurance_log.entry VALUES (234, '\x323334');
INSERT INTO assurance_log.entry VALUES (235, '\x323335');
INSERT INTO assurance_log.entry VALUES (236, '\x323336');
INSERT INTO assurance_log.entry VALUES (237, '\x323337');
INSERT INTO assurance_log.entry VALUES (238, '\x323338');
INSERT INTO assurance_log.entry VALUES (239, '\x323339');
INSERT INTO assurance_log.entry VALUES (240, '\x323430');
INSERT INTO assurance_log.entry VALUES (241, '\x323431');
INSERT INTO assurance_log.entry VALUES (242, '\x323432');
INSERT INTO assurance_log.entry VALUES (243, '\x323433');
INSERT INTO assurance_log.entry VALUES (244, '\x323434');
INSERT INTO assurance_log.entry VALUES (245, '\x323435');
INSERT INTO assurance_log.entry VALUES (246, '\x323436');
INSERT INTO assurance_log.entry VALUES (247, '\x323437');
INSERT INTO assurance_log.entry VALUES (248, '\x323438');
INSERT INTO assurance_log.entry VALUES (249, '\x323439');
INSERT INTO assurance_log.entry VALUES (250, '\x323530');
INSERT INTO assurance_log.entry VALUES (251, '\x323531');
INSERT INTO assurance_log.entry VALUES (252, '\x323532');
INSERT INTO assurance_log.entry VALUES (253, '\x323533');
INSERT INTO assurance_log.entry VALUES (254, '\x323534');
INSERT INTO assurance_log.entry VALUES (255, '\x323535');
INSERT INTO assurance_log.entry VALUES (256, '\x323536');
INSERT INTO assurance_log.entry VALUES (257, '\x323537');
INSERT INTO assurance_log.entry VALUES (258, '\x323538');
INSERT INTO assurance_log.entry VALUES (259, '\x323539');
INSERT INTO assurance_log.entry VALUES (260, '\x323630');
INSERT INTO assurance_log.entry VALUES (261, '\x323631');
INSERT INTO assurance_log.entry VALUES (262, '\x323632');
INSERT INTO assurance_log.entry VALUES (263, '\x323633');
INSERT INTO assurance_log.entry VALUES (264, '\x323634');
INSERT INTO assurance_log.entry VALUES (265, '\x323635');
INSERT INTO assurance_log.entry VALUES (266, '\x323636');
INSERT INTO assurance_log.entry VALUES (267, '\x323637');
INSERT INTO assurance_log.entry VALUES (268, '\x323638');
INSERT INTO assurance_log.entry VALUES (269, '\x323639');
INSERT INTO assurance_log.entry VALUES (270, '\x323730');
INSERT INTO assurance_log.entry VALUES (271, '\x323731');
INSERT INTO assurance_log.entry VALUES (272, '\x323732');
INSERT INTO assurance_log.entry VALUES (273, '\x323733');
INSERT INTO assurance_log.entry VALUES (274, '\x323734');
INSERT INTO assurance_log.entry VALUES (275, '\x323735');
INSERT INTO assurance_log.entry VALUES (276, '\x323736');
INSERT INTO assurance_log.entry VALUES (277, '\x323737');
INSERT INTO assurance_log.entry VALUES (278, '\x323738');
INSERT INTO assurance_log.entry VALUES (279, '\x323739');
INSERT INTO assurance_log.entry VALUES (280, '\x323830');
INSERT INTO assurance_log.entry VALUES (281, '\x323831');
INSERT INTO assurance_log.entry VALUES (282, '\x323832');
INSERT INTO assurance_log.entry VALUES (283, '\x323833');
INSERT INTO assurance_log.entry VALUES (284, '\x323834');
INSERT INTO assurance_log.entry VALUES (285, '\x323835');
INSERT INTO assurance_log.entry VALUES (286, '\x323836');
INSERT INTO assurance_log.entry VALUES (287, '\x323837');
INSERT INTO assurance_log.entry VALUES (288, '\x323838');
INSERT INTO assurance_log.entry VALUES (289, '\x323839');
INSERT INTO assurance_log.entry VALUES (290, '\x323930');
INSERT INTO assurance_log.entry VALUES (291, '\x323931');
INSERT INTO assurance_log.entry VALUES (292, '\x323932');
INSERT INTO assurance_log.entry VALUES (293, '\x323933');
INSERT INTO assurance_log.entry VALUES (294, '\x323934');
INSERT INTO assurance_log.entry VALUES (295, '\x323935');
INSERT INTO assurance_log.entry VALUES (296, '\x323936');
INSERT INTO assurance_log.entry VALUES (297, '\x323937');
INSERT INTO assurance_log.entry VALUES (298, '\x323938');
INSERT INTO assurance_log.entry VALUES (299, '\x323939');
INSERT INTO assurance_log.entry VALUES (300, '\x72656c656173652d6173737572616e63652f62756e646c652f76310a303737376437346131386134383632646362633261663962353861656365643934333462633564666265316132373439343139626665386232623430626636640a');
INSERT INTO assurance_log.entry VALUES (301, '\x636f6d6d697474656420616e64206e6f74207369676e6564');
INSERT INTO assurance_log.head VALUES (0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
INSERT INTO assurance_log.head VALUES (300, '\x84e13ec1e037155ae619757599b2cd21ada5a565e0fd9b3139c0c3c6c1b8ada9');
INSERT INTO assurance_log.head VALUES (301, '\xae82ecd6eff9ca42955b43ae6f685124f14f1a70aa40a9d8e61b73c8217286cf');
INSERT INTO assurance_log.head VALUES (302, '\xe2b60aeb7db4dc8dc1faf6a30ad5c33584611f16dac79f3e0620100fd70e9c1f');
INSERT INTO assurance_log.identity VALUES (1, 'log.example/releases');
INSERT INTO assurance_log.leaf VALUES ('\x0045cc45c3b3c92bbcd9589e2bf839cc836c6576a66fc6b0e7293fda7c0af726', 181);
INSERT INTO assurance_log.leaf VALUES ('\x01159edd6250da4ccec75fdaa700c76764e60a9c6d5a92d7c87ebf17740cfb49', 109);
INSERT INTO assurance_log.leaf VALUES ('\x01773bb06ef091b0564657c23495344aeb7da7895c37a8943e3313b923aab190', 17);
INSERT INTO assurance_log.leaf VALUES ('\x01878af9f7f0469a8755aecca604ca827f05103587bc8d82d640198c2e9f93d8', 132);
INSERT INTO assurance_log.leaf VALUES ('\x0249753401258e5c62ec58e1a7434dce76ae937d59aa78b6783b24b83d3bba8e', 171);
INSERT INTO assurance_log.leaf VALUES ('\x02a3b6df8c5808b82696316764bd2e4a703a9a958ca59d499b6cc7fcfc0ccf18', 240);
INSERT INTO assurance_log.leaf VALUES ('\x02f0bf2c295827ea7c34acdf05a394e4cb2c20eb3077b01a176ec6068e56258d', 97);
INSERT INTO assurance_log.leaf VALUES ('\x03b85d7ad09d3f1baf46f5bf1b7b60000eb5c68d629f6dd574e23e8cbf9e040a', 123);
INSERT INTO assurance_log.leaf VALUES ('\x06e7e96a50cbd3472a7f9fa2a6e2eaea3578d99db3f5fd32cbd97df36bd1140c', 78);
INSERT INTO assurance_log.leaf VALUES ('\x07a12a0c0023dbd01a84cf2370f6e9a0349cb157c6eca9db63c557d9aa1c1f55', 146);
INSERT INTO assurance_log.leaf VALUES ('\x09c97595673e650b83741c62f85877093be152494354ca7265ac6e51f2ac4626', 150);
INSERT INTO assurance_log.leaf VALUES ('\x0aec1d2aa209b71315aa539420e52370203b38377db2fb313ff8495f4ae368f2', 280);
INSERT INTO assurance_log.leaf VALUES ('\x0b8648044a52894274b097ca266b0b84bcbfb80b57c5da87f5251c6c02762986', 235);
INSERT INTO assurance_log.leaf VALUES ('\x0f2a097dfed61d90ecfb492165ea73ee9e062dd62a1d524835383db6906ce068', 141);
INSERT INTO assurance_log.leaf VALUES ('\x110014ecd2a9435c070e17b761d9a7d1f0cebbb3a9807d7f8a82111237a85242', 56);
INSERT INTO assurance_log.leaf VALUES ('\x11e1f558223f4c71b6be1cecfd1f0de87146d2594877c27b29ec519f9040213c', 4);
INSERT INTO assurance_log.leaf VALUES ('\x120bab0fc7afabfaa27f3e560c620c90992d2c5e9c1101a8d16ae9a410a15aa1', 134);
INSERT INTO assurance_log.leaf VALUES ('\x125495d9cfcf221c7f0162bbc8430343f12184d8f16dc7d5388ffb17bb079d2b', 191);
INSERT INTO assurance_log.leaf VALUES ('\x1298db9e2efc2ddc53a2bc7650a2f600f6b431a5b0aa15919252020c6cf8b55c', 178);
INSERT INTO assurance_log.leaf VALUES ('\x12c76361ff32013c4b04017c1de5990bfc257018e3e048f1ac9df4d39da89f65', 42);
INSERT INTO assurance_log.leaf VALUES ('\x1346f4a40125b25b6ece5a69fab1a34e788eee00ebeab924894ce879db294adf', 65);
INSERT INTO assurance_log.leaf VALUES ('\x138e82239c0ae657de1b8306fdd1506caa7dfb6ef082dad6bf408dfadb468609', 215);
INSERT INTO assurance_log.leaf VALUES ('\x13d6fd41232e347eb0bb1c0985a8ec28437987d0ffe2e76947ba49c8a35753c8', 233);
INSERT INTO assurance_log.leaf VALUES ('\x140fd61778802b13c05c0f8fafcfe84370c4e7491178431fee89658c6b0e79fb', 100);
INSERT INTO assurance_log.leaf VALUES ('\x14d7ff06c97daecfad7a749f4e5906a74ae8606d72d0c92697b7f9fe8c5a6bb4', 12);
INSERT INTO assurance_log.leaf VALUES ('\x15389e67ab423d24db388cf88c92a3e07c540e3342b7b2fa3ea75e942c8bd213', 22);
INSERT INTO assurance_log.leaf VALUES ('\x15da8ca69fab1a8319addd4ab15a1129fb667931d96ce27ce60fee29ab7bf1fd', 14);
INSERT INTO assurance_log.leaf VALUES ('\x17365e5989febd56f97d98e2122a3ba7d0b7c6990bcc55888e0c101f3fa4b452', 71);
INSERT INTO assurance_log.leaf VALUES ('\x18acb0fcb41f935c8205f21e02e6f0e1f5f4a1320e10b1abfa334395b1b4d018', 45);
INSERT INTO assurance_log.leaf VALUES ('\x195f58bc6d6b7b36335c95e08343825a7ae6f30437b4a7e6fa7b89d76907570a', 8);
INSERT INTO assurance_log.leaf VALUES ('\x19f83a39fd426cf31dbe08beec4290f2465de10da18a6fb9af658d339419c211', 205);
INSERT INTO assurance_log.leaf VALUES ('\x1a27ebc4eefa2d14e987a7e61625990336ddbc5a9b0fc8b8fabc24ff2051a2cc', 86);
INSERT INTO assurance_log.leaf VALUES ('\x1bc34f3d4a4bc35669b1ac52a5ebf44b6322c61de1b153e271dd63886785d9ca', 161);
INSERT INTO assurance_log.leaf VALUES ('\x1bd7f6f28592235ded0812f1042e67020e3618c36b1d68d6e8fd0a671ab49fee', 239);
INSERT INTO assurance_log.leaf VALUES ('\x1c945fb61dafcc15e9f9d07b45fc942487c6bd2ca964aad4b345a08063ae3bd1', 34);
INSERT INTO assurance_log.leaf VALUES ('\x1db00167d1bcdfb06328a2e940fa1c888f54b323cf90ff64ef52cf836a4912a9', 118);
INSERT INTO assurance_log.leaf VALUES ('\x2215e8ac4e2b871c2a48189e79738c956c081e23ac2f2415bf77da199dfd920c', 1);
INSERT INTO assurance_log.leaf VALUES ('\x225a9311e68a1a61de478787cc5fa563ad91c689e6b3960206e990cd82cf3b76', 11);
INSERT INTO assurance_log.leaf VALUES ('\x22d5b245dbd6fa94573d644bdd981d10754f017d5836a95b6fb2af59b3e5da77', 149);
INSERT INTO assurance_log.leaf VALUES ('\x2302c7ade868d842fe70ebecc5f890a7483793b027def42701e5fa70bba6b43b', 159);
INSERT INTO assurance_log.leaf VALUES ('\x236209971dc22cdd9395c74665e8e041ecd1f4eaac175cd393ad3f636f96deb1', 275);
INSERT INTO assurance_log.leaf VALUES ('\x24b124af1f81554468d5bffa0d4eff2e9d68717749ab6d0a8949758b8533b499', 140);
INSERT INTO assurance_log.leaf VALUES ('\x270d2ca3135c64ca6b82a320cc02ceb6a682f9deba64b316c684c32100bf51e3', 152);
INSERT INTO assurance_log.leaf VALUES ('\x2780536f7698ee3cb3213e68bb06ab10d04a6dfd765be632e41b7005f7969da7', 224);
INSERT INTO assurance_log.leaf VALUES ('\x27cd97e576dcfb140c4f448158902fbb46aa536c5f0f2ef6ee2065f17c85971b', 227);
INSERT INTO assurance_log.leaf VALUES ('\x28017ad3891db061e1d73ad1c6411ed165cd07ef9d0d888fb1c9b871581238b1', 75);
INSERT INTO assurance_log.leaf VALUES ('\x286f0bd4cfb1af0d5aedfcd3069b12b37cfbb4153549ceeff3449be7b32c1ae0', 104);
INSERT INTO assurance_log.leaf VALUES ('\x2875d03fbe0a2f1413e6b92c4437d2a600e3106f743c2ba3516adc63a78dd859', 79);
INSERT INTO assurance_log.leaf VALUES ('\x297b5fbf8f23888c6c6bacddb93d3da512044b1caa5da12f3d9cf0427b267238', 58);
INSERT INTO assurance_log.leaf VALUES ('\x299f3f20708171a9d52c5c3ae2906cbdca538301e6073d0725b4765a6c059ff6', 255);
INSERT INTO assurance_log.leaf VALUES ('\x2dd128fe721a3c61372a5630deea4aab460ecb7e01398e17dd02ced9882587dc', 229);
INSERT INTO assurance_log.leaf VALUES ('\x2ea7306a48c07e811190c65540cee9d8c0399c106b413fcd9abcfaf7593ecc0e', 248);
INSERT INTO assurance_log.leaf VALUES ('\x31034d114a8935a031d00e8e984d35f0663a2b0df702b51f5a4943a0f8830765', 136);
INSERT INTO assurance_log.leaf VALUES ('\x323e6f591df2c7bd728697771aa2238c532ceeef424ba01a1d5b3a343d3dca92', 53);
INSERT INTO assurance_log.leaf VALUES ('\x32ceec5ba10700d6019a1b7b8ec02193182eb5e89b996922a26a8969041fce47', 170);
INSERT INTO assurance_log.leaf VALUES ('\x3345f21806396c8cc77a7ae3aef1050aed9bdc52018ff801e65bd9c0c68b23ed', 76);
INSERT INTO assurance_log.leaf VALUES ('\x339f323a214031b5a4945d464f1c2e704b3d10e0271c06084294154bb8a1a131', 101);
INSERT INTO assurance_log.leaf VALUES ('\x34b1e7e7786d5e233d8ad926a75427f1a3f9f539a55c68324e03b8fd46686c90', 249);
INSERT INTO assurance_log.leaf VALUES ('\x34eef0cdfbd135b24f7a7e72bd847cf8010a715e3a91e3ffaf2c58e754f305b5', 49);
INSERT INTO assurance_log.leaf VALUES ('\x35efb07e9be2750eb19f0754d1ee6f2f274d06f7789492f2f98ac8234efff0e0', 60);
INSERT INTO assurance_log.leaf VALUES ('\x35ff424bdf6f08f5fe0b6c1463670f3231394cba215f1789747d8b1f202f9de7', 91);
INSERT INTO assurance_log.leaf VALUES ('\x394db61690ef66e6cb40b24cb590febd597debec0abd8b6c03aaab0aee38e2ef', 197);
INSERT INTO assurance_log.leaf VALUES ('\x39b59f23a3c346ad2d70ab2924235c985e8635acbdc108f2b4b27dcfc481ae13', 257);
INSERT INTO assurance_log.leaf VALUES ('\x39ef6896083ef7e0392188a9f5ed06a9185aa2867169c332a682bfe01e0f411a', 289);
INSERT INTO assurance_log.leaf VALUES ('\x3ab6f778231d889818fe9ed3853a4cd623a465de04c10de23cd1326085324e59', 228);
INSERT INTO assurance_log.leaf VALUES ('\x3b34302660ad7767601bd5a95b9d0848b2030be8ae1fcae2e19d08d40b9a9a74', 40);
INSERT INTO assurance_log.leaf VALUES ('\x3b703967cbccd71c079715f4fa4f7f395f8171ab1b4d414490c0e184052d7220', 212);
INSERT INTO assurance_log.leaf VALUES ('\x3be54068458b8f6f49f637b0bc8e6835ace15594ba195a63e0f4272f9e2b5133', 225);
INSERT INTO assurance_log.leaf VALUES ('\x3bf9c81c231cae70b678d3f3038f9f4f6d6b9d7adcf9b378f25919ae53d17686', 6);
INSERT INTO assurance_log.leaf VALUES ('\x3f23799d588963d155c8fea3b7ec52956f74ffc59b5d1861250d7bde6f8f8640', 72);
INSERT INTO assurance_log.leaf VALUES ('\x3f7ff3daaf06112f8a4de6645adc860349e9e0cc55286ef64c97a95c696113b2', 120);
INSERT INTO assurance_log.leaf VALUES ('\x3fe3900118cdc835a455dd76eeb772482025ff8eb9bbb717713332f93491a002', 188);
INSERT INTO assurance_log.leaf VALUES ('\x410fdf93413ae40c667814ea5c0c43e988d4a173c9c54f8d1fe1e8ec95e4ca0b', 174);
INSERT INTO assurance_log.leaf VALUES ('\x4133486925aaca4777b5a0542ef3a709be7d7241e34df4926b8004b27013f8cf', 54);
INSERT INTO assurance_log.leaf VALUES ('\x426ff8cb2a72bf83970abb52e528174e2fb70367c15f9d648cee232ed3b2f429', 244);
INSERT INTO assurance_log.leaf VALUES ('\x42ae86a77cad11f2565e05cffb735f46025d40a379a52eba4209c26273138008', 256);
INSERT INTO assurance_log.leaf VALUES ('\x44252650b0046671cbd472457cae3ed5640fa971def34738a6b910b3d958728a', 199);
INSERT INTO assurance_log.leaf VALUES ('\x45cc86009fe278f9256f90958fa9d6ff1e18e582fb3e543a2f1ff348db63a579', 93);
INSERT INTO assurance_log.leaf VALUES ('\x46bd7c057ef4b51007ede6bd9963cc7f4016531caf7b6f9482d66444db407ddf', 186);
INSERT INTO assurance_log.leaf VALUES ('\x46fb604cee4bbbc541707267741ea615b197486d994598dd04b003942175f6ee', 262);
INSERT INTO assurance_log.leaf VALUES ('\x474cd65cc5e94a284506b7339fbae3f169bf18d9b266ac88df88c5739459cd20', 48);
INSERT INTO assurance_log.leaf VALUES ('\x48c8e7141c4b1b7e620f3ba790bb7cae5bc890051df97ed123f9195c6c1b9fb9', 278);
INSERT INTO assurance_log.leaf VALUES ('\x4d64978d101eb43ce6067773de5fa2ac4425d7aba75029384f798118847d868c', 106);
INSERT INTO assurance_log.leaf VALUES ('\x4e41e2a2ac502f62ec6e590303667247640d7fe33a88153c486ce835e74c55ef', 32);
INSERT INTO assurance_log.leaf VALUES ('\x50c5af0660faf2973f1d4923e06d17d48d54156201bf4cffd3b27e236f6179fb', 189);
INSERT INTO assurance_log.leaf VALUES ('\x50ff773426f09d35ca0dbb6a809d3123d5cd89cf9c55de92e8a3258a77bed5c5', 253);
INSERT INTO assurance_log.leaf VALUES ('\x522a353897b0819d3ed797632084f4af12eb6116aae32c21f575b31ef8f621fd', 55);
INSERT INTO assurance_log.leaf VALUES ('\x5248f98ce3793f56983fab1de7d373b91c45f780f909cb72994ab8e5b1bb0be3', 163);
INSERT INTO assurance_log.leaf VALUES ('\x52c5f539e787f585436ab784779ea69d9cdf3c2d1629800fd1b710b8a8800a2b', 115);
INSERT INTO assurance_log.leaf VALUES ('\x53023833c1cc624804cbff238c9ef96374f413f2de3de44007de26d8fc3b547f', 125);
INSERT INTO assurance_log.leaf VALUES ('\x53304f5e3fd4bcd20b39abdef2fe118031cc5ae8217bcea008dea7e27869348a', 5);
INSERT INTO assurance_log.leaf VALUES ('\x541804848574f3d1e59b6ef917a8cc433621bef877bada0a5a10dc52dbd8277f', 270);
INSERT INTO assurance_log.leaf VALUES ('\x5443bdd389a95e18703f7bf6d10d16203d6e367e31bc186ca204622d76e9b5df', 283);
INSERT INTO assurance_log.leaf VALUES ('\x545dd0c31280e37dce6d60bf5197e9b247959502126b302872859169558ccd6c', 133);
INSERT INTO assurance_log.leaf VALUES ('\x554900f2e67e72a30cd45d87f72c8f9b64259ebb3dd1bd85d62ad3bcf8359aea', 16);
INSERT INTO assurance_log.leaf VALUES ('\x55e1b2d7eaba99b5fd58047d1477e1547cfe07e944445792c11337e12e2706eb', 272);
INSERT INTO assurance_log.leaf VALUES ('\x560f23520eac522c5267ba691c2536bea1e4f1b0fae2abf4f9fddabd42341b67', 112);
INSERT INTO assurance_log.leaf VALUES ('\x576aeea3c1b72b287d953bec5fc35d9de5ddc4855bc4cccb144beab28aec1c0f', 202);
INSERT INTO assurance_log.leaf VALUES ('\x57ff85901e5446270143384a21307342204656dee7d3eaffdfcae786275f5d78', 243);
INSERT INTO assurance_log.leaf VALUES ('\x58af89f745c9a812308119c696e3094b356cea2538eb18aeade99cece02ab2fa', 102);
INSERT INTO assurance_log.leaf VALUES ('\x5a9e5bf0b62147a866e8949a4299248e839b4c478f099d4bd4795d9a29717818', 114);
INSERT INTO assurance_log.leaf VALUES ('\x5b81ddc4f7e6c7a196bd3f896a70ead0209797966b35ac036cc524d2564ddc9d', 24);
INSERT INTO assurance_log.leaf VALUES ('\x5c889ef4c9cafba7f5124ffda20294a2d7b85bddeb60f899a2acd6f7c5e466a3', 10);
INSERT INTO assurance_log.leaf VALUES ('\x5c9e5b4f30fef838895b0d4c0b301771562edcf838bd9af3199480f467e2bcf0', 31);
INSERT INTO assurance_log.leaf VALUES ('\x5dee75c89218fe7814ab4cbf5682379dae671a4ca4b528744f10864bd72d3c02', 105);
INSERT INTO assurance_log.leaf VALUES ('\x5f54efa7ff2c1c1e6351a1992adde2e279037fa8f1870d85cc12232a8729c899', 77);
INSERT INTO assurance_log.leaf VALUES ('\x5fa865aa1e802efae19ad47e321cf2eb0ac6ed7d754b8377b29650c7962981a1', 285);
INSERT INTO assurance_log.leaf VALUES ('\x5fc36f48a9bd6e67887b51acd197af36be0cec7ab61ebdb0d1f5a51d00a99185', 194);
INSERT INTO assurance_log.leaf VALUES ('\x604f967358e449fb9923e7db4676b869f124c7d4b195d2f164f57396e6c6f179', 27);
INSERT INTO assurance_log.leaf VALUES ('\x6254134c3721912ffea3900b40b5a8f68f7d7d8ef06b971df519a90ddaf7e91a', 47);
INSERT INTO assurance_log.leaf VALUES ('\x6472a9e354a6c96d6d0818d98a514603f01e2b58b0cbd61aeb1670afce9062fc', 142);
INSERT INTO assurance_log.leaf VALUES ('\x66b75cd9ff6ffaeeb7b8f200ce6b642f583e761225685da444d1a7f4be8749c7', 135);
INSERT INTO assurance_log.leaf VALUES ('\x67245a7323637f8256721aaa3366172fcdd1a8f99b74763a6e0f9c587901f7ec', 291);
INSERT INTO assurance_log.leaf VALUES ('\x67c89a0876e31554643037223087d3296ba577d2926d5bba5e1021c9c44e190e', 119);
INSERT INTO assurance_log.leaf VALUES ('\x680f4d12d6fd02a0664782b75b87c437cc4e5a357e203d73710f424909ca4404', 162);
INSERT INTO assurance_log.leaf VALUES ('\x68c33ec169f8b3adad0c53b3c0d010f6eee490c007ecd6103954c98c5e2d1572', 173);
INSERT INTO assurance_log.leaf VALUES ('\x6a3f36c72701e0f7fbe83345fd0de22d4f2c49f0096ac2337eca5b15640db68e', 192);
INSERT INTO assurance_log.leaf VALUES ('\x6ab69d443c139d44de12b81492c5fe73ce5d2b6c7a1a63777c7defb178d43158', 156);
INSERT INTO assurance_log.leaf VALUES ('\x6ad1d67e4c0c2ad437622c97a28dd41563bcc9a206e3ea7a3a25439e61c13834', 73);
INSERT INTO assurance_log.leaf VALUES ('\x6baee822d551a7318ef25cf3c900a1b61a798fa9eb4b09e47a9f9c892da432c6', 263);
INSERT INTO assurance_log.leaf VALUES ('\x6c42f19a9fbed41c5d93b3591fccd4eff0c12015a3ff81e9caec902d00bc3fe8', 130);
INSERT INTO assurance_log.leaf VALUES ('\x6d56353328030bb9efab16bb171876567352866536d2c6d3722e6457e2cbba85', 297);
INSERT INTO assurance_log.leaf VALUES ('\x6ed72ef44c630295f64b41e50b6d400d47c296867449e7c3c8d11725963e8c90', 260);
INSERT INTO assurance_log.leaf VALUES ('\x6f0133e128d1fb7a382ff3826685cfc0de547c05e3bb3fd6a0bd1e40f2b612ed', 148);
INSERT INTO assurance_log.leaf VALUES ('\x6f2761ce4bbca2f1d2514f58fc5cb7b37b1f0d37ed1f0edf1ecf63baf656c7a9', 218);
INSERT INTO assurance_log.leaf VALUES ('\x70fbadb67652aa0f63825ad9783ba0568ba924b7676aa8f7094ee6bb7c7db22e', 266);
INSERT INTO assurance_log.leaf VALUES ('\x714067a9f7ec4cab9236dd1afa2165a447fb666aa4fd8c49d3f333db4126ebc9', 87);
INSERT INTO assurance_log.leaf VALUES ('\x7162bf31a248269c3fd8d7ae0c5e4e88f77d9c581b2ca7ead5091c36925761d9', 195);
INSERT INTO assurance_log.leaf VALUES ('\x7184f58245bc58f1e0f59200bdeedec7017ef35a71ef54de0f9629b4fef730a0', 19);
INSERT INTO assurance_log.leaf VALUES ('\x71983d5ffe163e8d441d030066ee1de35efa07a5144d16807f402c8fe294c2ec', 153);
INSERT INTO assurance_log.leaf VALUES ('\x720503a8afcc507ebd1f3f433adbcca023dff30e3c85e778eb7cf52b508ac808', 288);
INSERT INTO assurance_log.leaf VALUES ('\x7430e94e8d3dd575ef22828b10b79a331c5a7b4897c19efd225d6317da1d99d1', 98);
INSERT INTO assurance_log.leaf VALUES ('\x743298d077f3034a6d86d955b381b5f6a18c500b60997a8ff13f44167b026f94', 204);
INSERT INTO assurance_log.leaf VALUES ('\x75281595a0be1df7d5ebda4a579ecbc207aa59374ba4290830456320ce9202af', 209);
INSERT INTO assurance_log.leaf VALUES ('\x78dc0751a8d6250bf22fac59fe32b1e58c91e44472e09ebf000ad3366a792aa3', 63);
INSERT INTO assurance_log.leaf VALUES ('\x790bf6040f7bc29964bcaa5f20e1c4b230b18b1cf732f4859cc0a0966539c90f', 206);
INSERT INTO assurance_log.leaf VALUES ('\x797427cf8368051fe7b8e3e9d5ade9c5bc9d0cf96f4f3fad2a1e1d7848368188', 7);
INSERT INTO assurance_log.leaf VALUES ('\x798ffe53fbd7085dc8a5ccf72bf0a51f36fcc92d09b978c4d33f5be18aeb538d', 219);
INSERT INTO assurance_log.leaf VALUES ('\x7b02d3ac9cd09d4c8f50af6dcddc15d67294dda00e3f2ed67a387dc3f6e04888', 169);
INSERT INTO assurance_log.leaf VALUES ('\x7cc943cd857ae081d27aafcf914154757c582b3f5ba517c02621aad0d354fb4a', 214);
INSERT INTO assurance_log.leaf VALUES ('\x7ded2e0570dd91bc3fb764ab9a0224364f73371ac36aef0179ff63a2b0c4d19c', 50);
INSERT INTO assurance_log.leaf VALUES ('\x7dfad6825d128d7f14ca03388a0f324f57e78eab586e3e706db4449b45c9f1c9', 52);
INSERT INTO assurance_log.leaf VALUES ('\x7ec20dd270364be45a628ab80551da51bbbebea60d2133d40b3263506461dfa6', 213);
INSERT INTO assurance_log.leaf VALUES ('\x7ee19aa2d85efbbd369f5243ba7c54e30e155b785119c1a2b39d867ef86a062a', 207);
INSERT INTO assurance_log.leaf VALUES ('\x7ee70695e208c6df278b60ffeeb396693d40fc9493ee6511212c3265734939b0', 259);
INSERT INTO assurance_log.leaf VALUES ('\x802d9a2e06ae1a4851db39266f4832a2fb5d8001eb0e951d40d4083ce9b32b5a', 166);
INSERT INTO assurance_log.leaf VALUES ('\x80b219b1ca17641d8172c49e3db5b5de7ecf5dd1c8f67ccea03e2abd337921d1', 254);
INSERT INTO assurance_log.leaf VALUES ('\x816ce8f19cff56e145344efb720d9ef190b2f5d69058d448e31ae897627abe44', 281);
INSERT INTO assurance_log.leaf VALUES ('\x81d3f7e9acf2d08c761d9ca09635d4c91654493d9f3420df9647fedf7686647e', 251);
INSERT INTO assurance_log.leaf VALUES ('\x842d695b504274b31d400160b9a43ffa71e957c9397fa3f841591ab1f8f880f3', 298);
INSERT INTO assurance_log.leaf VALUES ('\x84a23cef0cbe77eb48d5254398424be2d799023c246e7da8633e401b0f940af2', 144);
INSERT INTO assurance_log.leaf VALUES ('\x85224a5c0186b205a3e0a1ac0ac023bfb8cc6f4bf19c90be88fc5f0c2316a9fa', 9);
INSERT INTO assurance_log.leaf VALUES ('\x854091931bf27a3948398324c56efa964cd18ed6bc2d6c25f465706d9ca41064', 147);
INSERT INTO assurance_log.leaf VALUES ('\x85e03e89c52cd1a354394fcee9d78a99fc0a5bb9ddda3f03d32733f6e59a0808', 290);
INSERT INTO assurance_log.leaf VALUES ('\x865724418f75658b845be65f5708ae82326dc74ff9eff45f6da44e60aff9a48d', 121);
INSERT INTO assurance_log.leaf VALUES ('\x86f191cc0f696a0d0f0571c7a70a592e8a7fbc2ac0d56b4772a40fdda4de8019', 299);
INSERT INTO assurance_log.leaf VALUES ('\x8710f487d48bea8c4cf06cd7b1c16ffa886ad4a6ea3639901179e5eb02f03aab', 223);
INSERT INTO assurance_log.leaf VALUES ('\x87c38f55dbe236667bf731e71204713914fcd6a4bce24b3f11ca157252645a72', 261);
INSERT INTO assurance_log.leaf VALUES ('\x88fea6b0ee899512e5e032fae3d321294d45d6eeec7ed26bd18c67fda31ba6cd', 230);
INSERT INTO assurance_log.leaf VALUES ('\x8902c246418ad10711ef828e69e07c48d2309c632bac1056fb99c83e50503bf1', 216);
INSERT INTO assurance_log.leaf VALUES ('\x892fbc3b972600829f6d034973aad1dd135beda55a2a2f20d9c20ad502340715', 183);
INSERT INTO assurance_log.leaf VALUES ('\x89bf9cce1b7a0eb6a92fc6ec9d86e2e746123c5412142ef0e7f7af333f717cc4', 246);
INSERT INTO assurance_log.leaf VALUES ('\x8b4ba46e247a065444fec1984db9c1de79e0f382690f5a02521a6aed4838d72f', 157);
INSERT INTO assurance_log.leaf VALUES ('\x8bf38f48d9ca0f70a76b64ec350e72df5b5f006afae97cf20feff7133eb74b91', 292);
INSERT INTO assurance_log.leaf VALUES ('\x8dbdeb0372ca37cb9499a8a64211fd96b091d2f632dbf289c85d2393dc07f99c', 264);
INSERT INTO assurance_log.leaf VALUES ('\x8dc4b787bd86cc64a6d6b9a8500ea42c24b31b6378d6fe285c38fe76a088092e', 15);
INSERT INTO assurance_log.leaf VALUES ('\x8f0edcf5bd902f004d4e68205e79efdac36dd3fbfddb71c49ba25fa23c0b7af5', 231);
INSERT INTO assurance_log.leaf VALUES ('\x906c5d2485cae722073a430f4d04fe1767507592cef226629aeadb85a2ec909d', 3);
INSERT INTO assurance_log.leaf VALUES ('\x92972fa9cdf99b73db21bc2b06eb898cb76b4c9bff757aed8fceb7a70c70d903', 108);
INSERT INTO assurance_log.leaf VALUES ('\x92bd892867e31529458c7be47d3870077f9456a177131c6b6206a097c4df93ee', 113);
INSERT INTO assurance_log.leaf VALUES ('\x946d2582f0caf831e5c48313153c12c9eabc915de109e5696820c74b74c08827', 90);
INSERT INTO assurance_log.leaf VALUES ('\x94bdff10b90db63f37b1d8212802d9cebb95a33a287f2171610928f74451076e', 287);
INSERT INTO assurance_log.leaf VALUES ('\x9528743dd9db0f24ab2050633eb72df74beca0806cce56669f8c273b4f6c14eb', 196);
INSERT INTO assurance_log.leaf VALUES ('\x964677890b5cf1de5a364ee5c05ee638a6d01a3f13d4bbeb08c83c1ea024475b', 127);
INSERT INTO assurance_log.leaf VALUES ('\x965fc96df14e8919c7b574fb6299a01eee92b537baf39588d25306f695899b94', 66);
INSERT INTO assurance_log.leaf VALUES ('\x974e92d996687ab866ce939f70201d7a77c915ef80a358a3592f4f48fd9188a9', 241);
INSERT INTO assurance_log.leaf VALUES ('\x975af61267ee7e7e11bcf08163cfe1c8fcab79c77d8e76dc8af7c25508070db6', 276);
INSERT INTO assurance_log.leaf VALUES ('\x9992b16197822f72cbb05e82f2ee83b413d486b28728030176588877caf67eda', 274);
INSERT INTO assurance_log.leaf VALUES ('\x9ae82c57ce1d2c9e64572314e2bc6842fea4f25543285b67a25270bc16000422', 128);
INSERT INTO assurance_log.leaf VALUES ('\x9b97af0388a529baa5155ac7d2d10e05103beb4e2c0d9bc9dedcbfdd315e736a', 107);
INSERT INTO assurance_log.leaf VALUES ('\x9bf055c4d407e332273e0bb8d148c2eb28b63a23e1751bb21cf9c35a20834765', 155);
INSERT INTO assurance_log.leaf VALUES ('\x9d1683c508e98916818078f127f5cccf2a45fb08d0c6f89f0ec3503402c3fd4c', 180);
INSERT INTO assurance_log.leaf VALUES ('\x9d8e926b02ba538eff1547a55b6f819d7edc46b74c74a7f9247ec24c83bf2c50', 145);
INSERT INTO assurance_log.leaf VALUES ('\x9e1d520ac68d8efd94412cf2e2ff82cc260c8638c1afbd5a719c83df1f5d55a0', 44);
INSERT INTO assurance_log.leaf VALUES ('\x9eaa83031c06611d32791eeedcaf68272d607a874804bf9062d1bc098c2292bf', 81);
INSERT INTO assurance_log.leaf VALUES ('\x9ee7d0ac21e22eb95c66cd0309fb16fd78e3c0546e65be11ec184c7f8d3c49fe', 69);
INSERT INTO assurance_log.leaf VALUES ('\x9ee81a3ce5b0788f35d37e2ad44d28bd1cad2ed3e307b70bb32cdffbfa7e2ced', 80);
INSERT INTO assurance_log.leaf VALUES ('\x9f3d356920bf55c58428ce12dbcaa4907a00ca40d09312025cb3b5e043e9d58b', 92);
INSERT INTO assurance_log.leaf VALUES ('\x9f4b240ddf27d247a132fb3100f2e797bbe4260dad0a8ba5afdc0d062ee77182', 217);
INSERT INTO assurance_log.leaf VALUES ('\x9f97ea56a0979d994eae3adab8f9e9b1e26a82071c395460a65141d7cd3cf90a', 103);
INSERT INTO assurance_log.leaf VALUES ('\xa23b27aa6f5463f02a9e232ea570fb68fdacf35d5e879faf70405a8bb4d8c0f6', 94);
INSERT INTO assurance_log.leaf VALUES ('\xa2c90071fe73c49cc112e7ba3bb4dea3e09b6dcaaf12a8209884ef5fdcd78977', 39);
INSERT INTO assurance_log.leaf VALUES ('\xa50ca96a00c146d09f8882d3d2f8fda322741c2884524c878b06caa3479d95f0', 294);
INSERT INTO assurance_log.leaf VALUES ('\xa6333b84e302033e1655532aa0ce0f6c1f004ef878e42b1b6cbfaa036f58a387', 38);
INSERT INTO assurance_log.leaf VALUES ('\xa69c696b0f3b757160746119880b1c6aea7d1d3cccabfea44f2e2a9ee40674ab', 164);
INSERT INTO assurance_log.leaf VALUES ('\xa750ca89535bfe45c17f7284c487c7e8fb8f1a939476d51420ded3f4946a803a', 268);
INSERT INTO assurance_log.leaf VALUES ('\xa863054abb5a6d6d2726fedaa0eee773a6c4c0711a12babfb8d869f30c8d9dc5', 184);
INSERT INTO assurance_log.leaf VALUES ('\xa8e8a8c237c7eb09fdaa6a82699d8550e4eff92c63ea0d71e4b2750438b546a3', 168);
INSERT INTO assurance_log.leaf VALUES ('\xa95e67157b105877734e79a989ba757f4943407ffa8054a41aa9fd1e176c432a', 110);
INSERT INTO assurance_log.leaf VALUES ('\xa996f980a07da81dd9327152618cd5a980dc35159f327b0c29675f603a627d58', 282);
INSERT INTO assurance_log.leaf VALUES ('\xaad11ce11b709df8368ac30b4bb6b7e16a190974993b5216a9c930c368860e91', 221);
INSERT INTO assurance_log.leaf VALUES ('\xaaf126e6d45b1ffca0913ea7863d2a7dfb0e2a12ba3dd8ca29300fb9726ac1af', 245);
INSERT INTO assurance_log.leaf VALUES ('\xabf675342955ad25a16b700d58e1e62f6a7ec182be095d921379bb2a08ada706', 85);
INSERT INTO assurance_log.leaf VALUES ('\xac1c004543b7e1c4358a58d674d358a46f9bef9f4794f80fe919eed4b797f53e', 238);
INSERT INTO assurance_log.leaf VALUES ('\xac32c20d8bed485c0aebe2c153086e42526dc853b7204c1bcf39625b16995085', 151);
INSERT INTO assurance_log.leaf VALUES ('\xace429b00b9a2ccdbd2e3d67fb09bcdd625d56bb4627b58527eb60a19f1b5383', 190);
INSERT INTO assurance_log.leaf VALUES ('\xaceb7ce3f2475f49ed6927f60e0dc547c3bb5bf83452c70e4542d004a850de17', 185);
INSERT INTO assurance_log.leaf VALUES ('\xadb403950ce8494cc88c3607b113eb07c35bfd3ce0971874db8dafc2f4b3f276', 43);
INSERT INTO assurance_log.leaf VALUES ('\xaeddb7c83d3628738258f349a2c492d8b0fff6657d15fad538af9a18c6c900b4', 277);
INSERT INTO assurance_log.leaf VALUES ('\xaf5a89dac08755b59cda5a1eb7a8621d5e0259a533a3e00849c92a752d7f59e7', 129);
INSERT INTO assurance_log.leaf VALUES ('\xb0db15ee0ce87c62ae42f3d84f02dccca603cce559f1aff8c111aed3cbf13da2', 242);
INSERT INTO assurance_log.leaf VALUES ('\xb114831f03bba7ae482c5faf824d08dc6c67252189473f4cf7dde8db54dfa4ff', 57);
INSERT INTO assurance_log.leaf VALUES ('\xb12adb2d56a04d183c806b64b26acd57fb557a24cd3619404c23186c2737f7ed', 137);
INSERT INTO assurance_log.leaf VALUES ('\xb31273993f54eb41ae72ddf7cd994bdace2fe94dfa61a7470b0c3699a16312b1', 154);
INSERT INTO assurance_log.leaf VALUES ('\xb3ae38fd637f81551f96b11c700099b5d3e7b330fb006f0b845bae027bde6f8a', 201);
INSERT INTO assurance_log.leaf VALUES ('\xb410af68994d64e85ea1b8f9ecc92b02fb57aa3278d77aab64aab9a594290c1f', 247);
INSERT INTO assurance_log.leaf VALUES ('\xb4fd0e43d1e038fa0f0bd1108bae2c5194f964f21be8ee3632f87611c2a8d883', 51);
INSERT INTO assurance_log.leaf VALUES ('\xb6820f561212cda4986cf116ea1f65be0fe0289bb89114fbdd529d82bae83a88', 177);
INSERT INTO assurance_log.leaf VALUES ('\xb69c04b9a05d3f7362110a6433281c9d35fbd3b23442aacdae8b4e3d0201d2a9', 26);
INSERT INTO assurance_log.leaf VALUES ('\xb80dfcc0069072223b2eee1d35ca058328b6ef3bfadab3d790ab3354b1e4b8a8', 68);
INSERT INTO assurance_log.leaf VALUES ('\xb945f551ec040f17a2a87272def2011314630663fbba35720887568bb496278c', 165);
INSERT INTO assurance_log.leaf VALUES ('\xbaf932e17f9cac8c177aed215ce1d40766b32068ca6c6069a8f90455ed6e52dd', 62);
INSERT INTO assurance_log.leaf VALUES ('\xbbd52eb8fb588c50f5dc5ce89bc77878aa2d0511b9d542f3bc5f172b110f5d62', 252);
INSERT INTO assurance_log.leaf VALUES ('\xbc89846c25119f887c80a0ae56b4720e64f4942aa943f6a546a0bbb4eec2739f', 59);
INSERT INTO assurance_log.leaf VALUES ('\xbca6d7d23ea8a8b7e888631ffabce9c2ba1eb8fcd6b1643a51c2ad2d019bafb9', 250);
INSERT INTO assurance_log.leaf VALUES ('\xbe3b96a2939ddd3e5a62c5e3d6a290a74399c7b9c3b356711dac198ce5efc3e6', 111);
INSERT INTO assurance_log.leaf VALUES ('\xbfee87eb94a2778bda67282ca105e1637febe6bd21b074bda56e7fd14d19dc68', 13);
INSERT INTO assurance_log.leaf VALUES ('\xc0265cdfe6bcc00174ee42348231c4a8348320a3c915c9dacb8e3bcaa2b91d71', 210);
INSERT INTO assurance_log.leaf VALUES ('\xc20e11e3dfb768da8dacce9580b1ca154eacd9f479afa84c8b39c41cf8231555', 222);
INSERT INTO assurance_log.leaf VALUES ('\xc2cf6a64c349d812d5c6eb10dfc7d87b52a38091c86bdba94a75463eb7a6f7ee', 234);
INSERT INTO assurance_log.leaf VALUES ('\xc2fe6f7822023acc434f4cefa01c9d675163b086f31381651f30c6117e0e8ad8', 198);
INSERT INTO assurance_log.leaf VALUES ('\xc48955e9bbae641e8f7c8533d7abcdfb6705e9fe9f154f9e0ae186e9b5a4b2e7', 74);
INSERT INTO assurance_log.leaf VALUES ('\xc4d1c46f3c85481b9903d49978798ff32da727f5c2cf28c46ab4bd51d290eb6d', 46);
INSERT INTO assurance_log.leaf VALUES ('\xc57e09ad0c1e05c70c099713d5cd84ebcde63efd7b05606d4ed47af4ea41b170', 29);
INSERT INTO assurance_log.leaf VALUES ('\xc64badc3484d34196ae0ccc2a224686dfb8e7cac27f07c2e2a9f0b7da78bb92e', 265);
INSERT INTO assurance_log.leaf VALUES ('\xc71216abbe43d24807a667feb46450a830d9a82b319cedd7c9cc93c09a381794', 232);
INSERT INTO assurance_log.leaf VALUES ('\xc963d52c6357fd583c7bb2edc05472f0b38adf636e9bdbadc6f10de934b12cf7', 158);
INSERT INTO assurance_log.leaf VALUES ('\xca814ec1b111a0e9fee657426e0a0a97d8ad048a2d3f4987872610996cc6cc39', 237);
INSERT INTO assurance_log.leaf VALUES ('\xcbc0246bf57d86cc0e1fd797f6521bf095de59980b6ec30419f292685d81c508', 21);
INSERT INTO assurance_log.leaf VALUES ('\xcd3ead864dd12d097adfba75b080f87df62992c524840b40e613dd4f1a90c61a', 96);
INSERT INTO assurance_log.leaf VALUES ('\xcd4553401bca5aeaa3fa45bcbaa8b2c49b85c38d4a36d54beb6321d0db30b222', 70);
INSERT INTO assurance_log.leaf VALUES ('\xcd8d14b905c8514e2fe67db250f30add2ae86b6f5e9c4ca5a38f07f6cc31c086', 226);
INSERT INTO assurance_log.leaf VALUES ('\xce98055933c36db41657f1434e7c40a8201436a84070313dcccc4de0a967edf7', 143);
INSERT INTO assurance_log.leaf VALUES ('\xcffd8290504f268245b8bafda5cd1b96096f1e2295977f1905f23b09a1dc6408', 138);
INSERT INTO assurance_log.leaf VALUES ('\xd26ded674443885fd9e946858e27421251082da5a5c21daee7640bd61a109dda', 23);
INSERT INTO assurance_log.leaf VALUES ('\xd2d9ba36bfdb8c8c21772d0bdfb724b778152d7b4835b980b9980dd828745a7d', 84);
INSERT INTO assurance_log.leaf VALUES ('\xd46234f7ec298348203eaffd4e9207604991985c78494ff29648ec4f06e2a190', 182);
INSERT INTO assurance_log.leaf VALUES ('\xd49542dbfe11a48fd6c734f176400575b9a479f8ea8d8d5ad3cee525408bd1db', 28);
INSERT INTO assurance_log.leaf VALUES ('\xd50078fdc707dcf11718bde6173cdaa689336c5d7f369bbd112004f2042a297b', 269);
INSERT INTO assurance_log.leaf VALUES ('\xd632e511fcb06c3ad59ff9e71281ff9d0d64856e44321e5766192e2d6257922c', 89);
INSERT INTO assurance_log.leaf VALUES ('\xd64b576d287da0fba0a6ef3c1235e66be57759643dab2e2b2f71dff92d493b3a', 117);
INSERT INTO assurance_log.leaf VALUES ('\xd676f3550a8d640b7df583e366e9ca7c9cc3e26fe888d28f4f143254e9f9f0a2', 35);
INSERT INTO assurance_log.leaf VALUES ('\xd778fae899bd55860f3c1bd21b658e5e55b1fd6aa79c909e317a399bc73ae2e1', 122);
INSERT INTO assurance_log.leaf VALUES ('\xd7e7dda79932b16dd394c4dfe78e72347083a322339b8eb2301215013b8958b4', 176);
INSERT INTO assurance_log.leaf VALUES ('\xd7e9b9a16c3e35ab11e684c42f054e3ecf1fd59759d6660130ba772eb2bce810', 116);
INSERT INTO assurance_log.leaf VALUES ('\xd84e02abe0c79dcfbd9908e4699cd73b92f503c8b1b7314a36f9d64ed9f95278', 64);
INSERT INTO assurance_log.leaf VALUES ('\xd9488a1df47b6ff85d916b2a9a6561b684ee5700fc9fa8c2ea854d993aff5eac', 220);
INSERT INTO assurance_log.leaf VALUES ('\xda577ea2a87beca1b359d387df41624858b2dff29fa9ff52beb2ab64c56cb627', 172);
INSERT INTO assurance_log.leaf VALUES ('\xdaf58d25e0a80ddaeef1e95283f4dc2749f47e79f0843e3674fc793568212747', 124);
INSERT INTO assurance_log.leaf VALUES ('\xdb3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c03', 0);
INSERT INTO assurance_log.leaf VALUES ('\xdb730aa461ae8a767736f60e4b159c6b21a11a0ab5ccf0727fb250d1464b6a0d', 236);
INSERT INTO assurance_log.leaf VALUES ('\xdd5e88e26bfe349abc54ca790a661a72abd112101b8716bcd7282f2fe4704efb', 208);
INSERT INTO assurance_log.leaf VALUES ('\xe013d94419e62efaabeb11e5e7143c430e4464b9a0899836dccbf19727a1967f', 18);
INSERT INTO assurance_log.leaf VALUES ('\xe01b78e63ac200a7c338d102db2967382fb6e83372872032cf9785662c3070a0', 203);
INSERT INTO assurance_log.leaf VALUES ('\xe4ccb48f76bc14b0a1e72bbba52eae887ef744e3312d34df288398c6256eeaf5', 284);
INSERT INTO assurance_log.leaf VALUES ('\xe4d3fb532d274ca07bac169a1f0f495fa018a6a0572493e6fd921674e483a665', 41);
INSERT INTO assurance_log.leaf VALUES ('\xe5fde9c64afd95aecdbfcf31f1fca24505bf24a38acc16db3c780e1932bea033', 179);
INSERT INTO assurance_log.leaf VALUES ('\xe5fe58576861525d854642f23cbd2d399655105d91215687672e375a561a2997', 25);
INSERT INTO assurance_log.leaf VALUES ('\xe9cc10ef4428b6f16d76c4ffa9f1e1820d8af6cb4ded0847692b2b624fe15b4e', 36);
INSERT INTO assurance_log.leaf VALUES ('\xe9cde3d5f1fc6b609df598bae5112582954f0b8a959a91b5209c679aee2d4eb7', 131);
INSERT INTO assurance_log.leaf VALUES ('\xe9f2e8baeb1296aa890702c6aa660264d39defbb591faac1b3d5e28d2b7ab1b8', 160);
INSERT INTO assurance_log.leaf VALUES ('\xec21de7eea0c645d9ac728211d3b303a7a727249d9c9a50d48da3cb7e7fcbf8f', 211);
INSERT INTO assurance_log.leaf VALUES ('\xecd67d6dc0996602d7bfd1a1a4d19396241d88dadeeb0b0e0a7bfdb550225533', 99);
INSERT INTO assurance_log.leaf VALUES ('\xed1a856e9b9cca651ae4cec775c3924ed8df626ba520e4f7f97b3f18880a8e18', 61);
INSERT INTO assurance_log.leaf VALUES ('\xeddab0902dc117c136ebbed81e2da2e91e2df08c7af84f6ce966fad7bd48ab7f', 258);
INSERT INTO assurance_log.leaf VALUES ('\xf113eeb6fd1e3a0d9956db50f615ad45a41e5983f2a7095c027bc9366ba141c0', 293);
INSERT INTO assurance_log.leaf VALUES ('\xf12375fde8016a2823a74255c1d76747f813845e469fb0a9bcd412dfec455516', 95);
INSERT INTO assurance_log.leaf VALUES ('\xf128d41656ab007998e26849fb721042f39e37c2214bef2059bf1a5c3ba1fd6f', 295);
INSERT INTO assurance_log.leaf VALUES ('\xf15a64228dbc1d064bba089cfff6290c2ef30d7350a56ca5db9e20a36480b1e4', 187);
INSERT INTO assurance_log.leaf VALUES ('\xf1c2c419da2b5e62d7c21d6305b35e96876ee6c0d4fa25c75bd41ddda3491c4c', 88);
INSERT INTO assurance_log.leaf VALUES ('\xf2299118fd3facd62a1dc622373cf1ed23d4ce7d7f0772038348ab4a3ec6f8f5', 82);
INSERT INTO assurance_log.leaf VALUES ('\xf2afa1b139728012070f878040c4120389e2f173a7546eb78e994cbe25fec125', 286);
INSERT INTO assurance_log.leaf VALUES ('\xf2ef924bd6ebe428680fc06008fef2cb25c7cea2b7d45fd5a66269fa056307c6', 267);
INSERT INTO assurance_log.leaf VALUES ('\xf353b9bea8faae9304448e79e908b1cec8b27ba0584801445bc59313a18cd2a9', 67);
INSERT INTO assurance_log.leaf VALUES ('\xf39f0f8508f47ffb089137cd63634bd65298d75700670162cad423a34db82b83', 83);
INSERT INTO assurance_log.leaf VALUES ('\xf3e9060d4f90f59dee550131ca5ae129e83c8068e3e753a7470be16a2f8273f8', 279);
INSERT INTO assurance_log.leaf VALUES ('\xf663fe908db6d3dcef8b3d6588d5a9fbc912f55be6649789f288cc7c83c2f468', 20);
INSERT INTO assurance_log.leaf VALUES ('\xf81b6934f60ad6d7eceb5ec037160872b88e35583b7f90304fdeab50e70a3823', 139);
INSERT INTO assurance_log.leaf VALUES ('\xf8329bfd71cfa2d56ad50a6cbd521f062956529ef9342299384cd56c1fd4924c', 167);
INSERT INTO assurance_log.leaf VALUES ('\xf90404a9cc4dcdf486b908a732bfc63c5afb10cc260edad08e962fd2e1bb7f0c', 273);
INSERT INTO assurance_log.leaf VALUES ('\xfa61e3dec3439589f4784c893bf321d0084f04c572c7af2b68e3f3360a35b486', 2);
INSERT INTO assurance_log.leaf VALUES ('\xfab3333230dd5d4cabd38b3a63e32cf6be1b2cd929f1b8308fd4f921662b1477', 33);
INSERT INTO assurance_log.leaf VALUES ('\xfb05e3b67fcc2baf3dc8fd6e4fa6fd743c50bf75b748aba6033a2077963adf20', 175);
INSERT INTO assurance_log.leaf VALUES ('\xfb39779a59e1254b5fb4f2b3b667621cf9548ba513599ad6e18e9f5be0c987fc', 271);
INSERT INTO assurance_log.leaf VALUES ('\xfb9f2414040dca487e65e10d44b16c45ac3dc7c6aa2a2193932071ad9be7513a', 30);
INSERT INTO assurance_log.leaf VALUES ('\xfc751d5ba48709a50c0570ddcb9aa5eaa4b2bf1fb01d00f14f278021ffad0a3a', 126);
INSERT INTO assurance_log.leaf VALUES ('\xfd6760745ad5e2a0bc2c0ccb173e9a14081e870f45505b45c69e089035c1ce6c', 37);
INSERT INTO assurance_log.leaf VALUES ('\xfecf4c8af53ba63d797377cfb31346d1a8128fa4083b9c65de6c150f543be4e7', 193);
INSERT INTO assurance_log.leaf VALUES ('\xff6d30b2c027537ef229975dc4ceb82326fd4a43c3ec76cdee38e5a64c48ff8d', 296);
INSERT INTO assurance_log.leaf VALUES ('\xff93cfb973f8f2280746138ee36e9df3729b6d42981be900d272fbb15e4d9a77', 200);
INSERT INTO assurance_log.leaf VALUES ('\xaa62dbe84c45f8f7d5c980d7ebbc9b26e4f83059612fee11ae8bbbd4f4399c9b', 300);
INSERT INTO assurance_log.leaf VALUES ('\xd91eb5e2e7aecd592de630bb494af5fd3ed8d927694fa9e4676fae2dd5523f11', 301);
INSERT INTO assurance_log.log_key VALUES (0, 'log.example/releases+2581f5f9+AYMgpRl32MOMqKSSfGcN9YIeRJdhlF4V6e+yahUJ0jDq');
INSERT INTO assurance_log.record VALUES (300, '\x0777d74a18a4862dcbc2af9b58aeced9434bc5dfbe1a2749419bfe8b2b40bf6d', 'ledger-api', '2.4.1', 'production', 'GO', '2026-11-23T14:05:00Z');
INSERT INTO assurance_log.record_field VALUES ('predicate-type', 'https://w3id.org/release-assurance/readiness/v1', 300);
INSERT INTO assurance_log.record_field VALUES ('signer', 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc', 300);
INSERT INTO assurance_log.record_field VALUES ('subject', 'abababababababababababababababababababababababababababababababab', 300);
INSERT INTO assurance_log.state VALUES (1, 2, 302, 301, '', '', '-infinity');
INSERT INTO assurance_log.tile VALUES (0, 0, '\xdb3426e878068d28d269b6c87172322ce5372b65756d0789001d34835f601c032215e8ac4e2b871c2a48189e79738c956c081e23ac2f2415bf77da199dfd920cfa61e3dec3439589f4784c893bf321d0084f04c572c7af2b68e3f3360a35b486906c5d2485cae722073a430f4d04fe1767507592cef226629aeadb85a2ec909d11e1f558223f4c71b6be1cecfd1f0de87146d2594877c27b29ec519f9040213c53304f5e3fd4bcd20b39abdef2fe118031cc5ae8217bcea008dea7e27869348a3bf9c81c231cae70b678d3f3038f9f4f6d6b9d7adcf9b378f25919ae53d17686797427cf8368051fe7b8e3e9d5ade9c5bc9d0cf96f4f3fad2a1e1d7848368188195f58bc6d6b7b36335c95e08343825a7ae6f30437b4a7e6fa7b89d76907570a85224a5c0186b205a3e0a1ac0ac023bfb8cc6f4bf19c90be88fc5f0c2316a9fa5c889ef4c9cafba7f5124ffda20294a2d7b85bddeb60f899a2acd6f7c5e466a3225a9311e68a1a61de478787cc5fa563ad91c689e6b3960206e990cd82cf3b7614d7ff06c97daecfad7a749f4e5906a74ae8606d72d0c92697b7f9fe8c5a6bb4bfee87eb94a2778bda67282ca105e1637febe6bd21b074bda56e7fd14d19dc6815da8ca69fab1a8319addd4ab15a1129fb667931d96ce27ce60fee29ab7bf1fd8dc4b787bd86cc64a6d6b9a8500ea42c24b31b6378d6fe285c38fe76a088092e554900f2e67e72a30cd45d87f72c8f9b64259ebb3dd1bd85d62ad3bcf8359aea01773bb06ef091b0564657c23495344aeb7da7895c37a8943e3313b923aab190e013d94419e62efaabeb11e5e7143c430e4464b9a0899836dccbf19727a1967f7184f58245bc58f1e0f59200bdeedec7017ef35a71ef54de0f9629b4fef730a0f663fe908db6d3dcef8b3d6588d5a9fbc912f55be6649789f288cc7c83c2f468cbc0246bf57d86cc0e1fd797f6521bf095de59980b6ec30419f292685d81c50815389e67ab423d24db388cf88c92a3e07c540e3342b7b2fa3ea75e942c8bd213d26ded674443885fd9e946858e27421251082da5a5c21daee7640bd61a109dda5b81ddc4f7e6c7a196bd3f896a70ead0209797966b35ac036cc524d2564ddc9de5fe58576861525d854642f23cbd2d399655105d91215687672e375a561a2997b69c04b9a05d3f7362110a6433281c9d35fbd3b23442aacdae8b4e3d0201d2a9604f967358e449fb9923e7db4676b869f124c7d4b195d2f164f57396e6c6f179d49542dbfe11a48fd6c734f176400575b9a479f8ea8d8d5ad3cee525408bd1dbc57e09ad0c1e05c70c099713d5cd84ebcde63efd7b05606d4ed47af4ea41b170fb9f2414040dca487e65e10d44b16c45ac3dc7c6aa2a2193932071ad9be7513a5c9e5b4f30fef838895b0d4c0b301771562edcf838bd9af3199480f467e2bcf04e41e2a2ac502f62ec6e590303667247640d7fe33a88153c486ce835e74c55effab3333230dd5d4cabd38b3a63e32cf6be1b2cd929f1b8308fd4f921662b14771c945fb61dafcc15e9f9d07b45fc942487c6bd2ca964aad4b345a08063ae3bd1d676f3550a8d640b7df583e366e9ca7c9cc3e26fe888d28f4f143254e9f9f0a2e9cc10ef4428b6f16d76c4ffa9f1e1820d8af6cb4ded0847692b2b624fe15b4efd6760745ad5e2a0bc2c0ccb173e9a14081e870f45505b45c69e089035c1ce6ca6333b84e302033e1655532aa0ce0f6c1f004ef878e42b1b6cbfaa036f58a387a2c90071fe73c49cc112e7ba3bb4dea3e09b6dcaaf12a8209884ef5fdcd789773b34302660ad7767601bd5a95b9d0848b2030be8ae1fcae2e19d08d40b9a9a74e4d3fb532d274ca07bac169a1f0f495fa018a6a0572493e6fd921674e483a66512c76361ff32013c4b04017c1de5990bfc257018e3e048f1ac9df4d39da89f65adb403950ce8494cc88c3607b113eb07c35bfd3ce0971874db8dafc2f4b3f2769e1d520ac68d8efd94412cf2e2ff82cc260c8638c1afbd5a719c83df1f5d55a018acb0fcb41f935c8205f21e02e6f0e1f5f4a1320e10b1abfa334395b1b4d018c4d1c46f3c85481b9903d49978798ff32da727f5c2cf28c46ab4bd51d290eb6d6254134c3721912ffea3900b40b5a8f68f7d7d8ef06b971df519a90ddaf7e91a474cd65cc5e94a284506b7339fbae3f169bf18d9b266ac88df88c5739459cd2034eef0cdfbd135b24f7a7e72bd847cf8010a715e3a91e3ffaf2c58e754f305b57ded2e0570dd91bc3fb764ab9a0224364f73371ac36aef0179ff63a2b0c4d19cb4fd0e43d1e038fa0f0bd1108bae2c5194f964f21be8ee3632f87611c2a8d8837dfad6825d128d7f14ca03388a0f324f57e78eab586e3e706db4449b45c9f1c9323e6f591df2c7bd728697771aa2238c532ceeef424ba01a1d5b3a343d3dca924133486925aaca4777b5a0542ef3a709be7d7241e34df4926b8004b27013f8cf522a353897b0819d3ed797632084f4af12eb6116aae32c21f575b31ef8f621fd110014ecd2a9435c070e17b761d9a7d1f0cebbb3a9807d7f8a82111237a85242b114831f03bba7ae482c5faf824d08dc6c67252189473f4cf7dde8db54dfa4ff297b5fbf8f23888c6c6bacddb93d3da512044b1caa5da12f3d9cf0427b267238bc89846c25119f887c80a0ae56b4720e64f4942aa943f6a546a0bbb4eec2739f35efb07e9be2750eb19f0754d1ee6f2f274d06f7789492f2f98ac8234efff0e0ed1a856e9b9cca651ae4cec775c3924ed8df626ba520e4f7f97b3f18880a8e18baf932e17f9cac8c177aed215ce1d40766b32068ca6c6069a8f90455ed6e52dd78dc0751a8d6250bf22fac59fe32b1e58c91e44472e09ebf000ad3366a792aa3d84e02abe0c79dcfbd9908e4699cd73b92f503c8b1b7314a36f9d64ed9f952781346f4a40125b25b6ece5a69fab1a34e788eee00ebeab924894ce879db294adf965fc96df14e8919c7b574fb6299a01eee92b537baf39588d25306f695899b94f353b9bea8faae9304448e79e908b1cec8b27ba0584801445bc59313a18cd2a9b80dfcc0069072223b2eee1d35ca058328b6ef3bfadab3d790ab3354b1e4b8a89ee7d0ac21e22eb95c66cd0309fb16fd78e3c0546e65be11ec184c7f8d3c49fecd4553401bca5aeaa3fa45bcbaa8b2c49b85c38d4a36d54beb6321d0db30b22217365e5989febd56f97d98e2122a3ba7d0b7c6990bcc55888e0c101f3fa4b4523f23799d588963d155c8fea3b7ec52956f74ffc59b5d1861250d7bde6f8f86406ad1d67e4c0c2ad437622c97a28dd41563bcc9a206e3ea7a3a25439e61c13834c48955e9bbae641e8f7c8533d7abcdfb6705e9fe9f154f9e0ae186e9b5a4b2e728017ad3891db061e1d73ad1c6411ed165cd07ef9d0d888fb1c9b871581238b13345f21806396c8cc77a7ae3aef1050aed9bdc52018ff801e65bd9c0c68b23ed5f54efa7ff2c1c1e6351a1992adde2e279037fa8f1870d85cc12232a8729c89906e7e96a50cbd3472a7f9fa2a6e2eaea3578d99db3f5fd32cbd97df36bd1140c2875d03fbe0a2f1413e6b92c4437d2a600e3106f743c2ba3516adc63a78dd8599ee81a3ce5b0788f35d37e2ad44d28bd1cad2ed3e307b70bb32cdffbfa7e2ced9eaa83031c06611d32791eeedcaf68272d607a874804bf9062d1bc098c2292bff2299118fd3facd62a1dc622373cf1ed23d4ce7d7f0772038348ab4a3ec6f8f5f39f0f8508f47ffb089137cd63634bd65298d75700670162cad423a34db82b83d2d9ba36bfdb8c8c21772d0bdfb724b778152d7b4835b980b9980dd828745a7dabf675342955ad25a16b700d58e1e62f6a7ec182be095d921379bb2a08ada7061a27ebc4eefa2d14e987a7e61625990336ddbc5a9b0fc8b8fabc24ff2051a2cc714067a9f7ec4cab9236dd1afa2165a447fb666aa4fd8c49d3f333db4126ebc9f1c2c419da2b5e62d7c21d6305b35e96876ee6c0d4fa25c75bd41ddda3491c4cd632e511fcb06c3ad59ff9e71281ff9d0d64856e44321e5766192e2d6257922c946d2582f0caf831e5c48313153c12c9eabc915de109e5696820c74b74c0882735ff424bdf6f08f5fe0b6c1463670f3231394cba215f1789747d8b1f202f9de79f3d356920bf55c58428ce12dbcaa4907a00ca40d09312025cb3b5e043e9d58b45cc86009fe278f9256f90958fa9d6ff1e18e582fb3e543a2f1ff348db63a579a23b27aa6f5463f02a9e232ea570fb68fdacf35d5e879faf70405a8bb4d8c0f6f12375fde8016a2823a74255c1d76747f813845e469fb0a9bcd412dfec455516cd3ead864dd12d097adfba75b080f87df62992c524840b40e613dd4f1a90c61a02f0bf2c295827ea7c34acdf05a394e4cb2c20eb3077b01a176ec6068e56258d7430e94e8d3dd575ef22828b10b79a331c5a7b4897c19efd225d6317da1d99d1ecd67d6dc0996602d7bfd1a1a4d19396241d88dadeeb0b0e0a7bfdb550225533140fd61778802b13c05c0f8fafcfe84370c4e7491178431fee89658c6b0e79fb339f323a214031b5a4945d464f1c2e704b3d10e0271c06084294154bb8a1a13158af89f745c9a812308119c696e3094b356cea2538eb18aeade99cece02ab2fa9f97ea56a0979d994eae3adab8f9e9b1e26a82071c395460a65141d7cd3cf90a286f0bd4cfb1af0d5aedfcd3069b12b37cfbb4153549ceeff3449be7b32c1ae05dee75c89218fe7814ab4cbf5682379dae671a4ca4b528744f10864bd72d3c024d64978d101eb43ce6067773de5fa2ac4425d7aba75029384f798118847d868c9b97af0388a529baa5155ac7d2d10e05103beb4e2c0d9bc9dedcbfdd315e736a92972fa9cdf99b73db21bc2b06eb898cb76b4c9bff757aed8fceb7a70c70d90301159edd6250da4ccec75fdaa700c76764e60a9c6d5a92d7c87ebf17740cfb49a95e67157b105877734e79a989ba757f4943407ffa8054a41aa9fd1e176c432abe3b96a2939ddd3e5a62c5e3d6a290a74399c7b9c3b356711dac198ce5efc3e6560f23520eac522c5267ba691c2536bea1e4f1b0fae2abf4f9fddabd42341b6792bd892867e31529458c7be47d3870077f9456a177131c6b6206a097c4df93ee5a9e5bf0b62147a866e8949a4299248e839b4c478f099d4bd4795d9a2971781852c5f539e787f585436ab784779ea69d9cdf3c2d1629800fd1b710b8a8800a2bd7e9b9a16c3e35ab11e684c42f054e3ecf1fd59759d6660130ba772eb2bce810d64b576d287da0fba0a6ef3c1235e66be57759643dab2e2b2f71dff92d493b3a1db00167d1bcdfb06328a2e940fa1c888f54b323cf90ff64ef52cf836a4912a967c89a0876e31554643037223087d3296ba577d2926d5bba5e1021c9c44e190e3f7ff3daaf06112f8a4de6645adc860349e9e0cc55286ef64c97a95c696113b2865724418f75658b845be65f5708ae82326dc74ff9eff45f6da44e60aff9a48dd778fae899bd55860f3c1bd21b658e5e55b1fd6aa79c909e317a399bc73ae2e103b85d7ad09d3f1baf46f5bf1b7b60000eb5c68d629f6dd574e23e8cbf9e040adaf58d25e0a80ddaeef1e95283f4dc2749f47e79f0843e3674fc79356821274753023833c1cc624804cbff238c9ef96374f413f2de3de44007de26d8fc3b547ffc751d5ba48709a50c0570ddcb9aa5eaa4b2bf1fb01d00f14f278021ffad0a3a964677890b5cf1de5a364ee5c05ee638a6d01a3f13d4bbeb08c83c1ea024475b9ae82c57ce1d2c9e64572314e2bc6842fea4f25543285b67a25270bc16000422af5a89dac08755b59cda5a1eb7a8621d5e0259a533a3e00849c92a752d7f59e76c42f19a9fbed41c5d93b3591fccd4eff0c12015a3ff81e9caec902d00bc3fe8e9cde3d5f1fc6b609df598bae5112582954f0b8a959a91b5209c679aee2d4eb701878af9f7f0469a8755aecca604ca827f05103587bc8d82d640198c2e9f93d8545dd0c31280e37dce6d60bf5197e9b247959502126b302872859169558ccd6c120bab0fc7afabfaa27f3e560c620c90992d2c5e9c1101a8d16ae9a410a15aa166b75cd9ff6ffaeeb7b8f200ce6b642f583e761225685da444d1a7f4be8749c731034d114a8935a031d00e8e984d35f0663a2b0df702b51f5a4943a0f8830765b12adb2d56a04d183c806b64b26acd57fb557a24cd3619404c23186c2737f7edcffd8290504f268245b8bafda5cd1b96096f1e2295977f1905f23b09a1dc6408f81b6934f60ad6d7eceb5ec037160872b88e35583b7f90304fdeab50e70a382324b124af1f81554468d5bffa0d4eff2e9d68717749ab6d0a8949758b8533b4990f2a097dfed61d90ecfb492165ea73ee9e062dd62a1d524835383db6906ce0686472a9e354a6c96d6d0818d98a514603f01e2b58b0cbd61aeb1670afce9062fcce98055933c36db41657f1434e7c40a8201436a84070313dcccc4de0a967edf784a23cef0cbe77eb48d5254398424be2d799023c246e7da8633e401b0f940af29d8e926b02ba538eff1547a55b6f819d7edc46b74c74a7f9247ec24c83bf2c5007a12a0c0023dbd01a84cf2370f6e9a0349cb157c6eca9db63c557d9aa1c1f55854091931bf27a3948398324c56efa964cd18ed6bc2d6c25f465706d9ca410646f0133e128d1fb7a382ff3826685cfc0de547c05e3bb3fd6a0bd1e40f2b612ed22d5b245dbd6fa94573d644bdd981d10754f017d5836a95b6fb2af59b3e5da7709c97595673e650b83741c62f85877093be152494354ca7265ac6e51f2ac4626ac32c20d8bed485c0aebe2c153086e42526dc853b7204c1bcf39625b16995085270d2ca3135c64ca6b82a320cc02ceb6a682f9deba64b316c684c32100bf51e371983d5ffe163e8d441d030066ee1de35efa07a5144d16807f402c8fe294c2ecb31273993f54eb41ae72ddf7cd994bdace2fe94dfa61a7470b0c3699a16312b19bf055c4d407e332273e0bb8d148c2eb28b63a23e1751bb21cf9c35a208347656ab69d443c139d44de12b81492c5fe73ce5d2b6c7a1a63777c7defb178d431588b4ba46e247a065444fec1984db9c1de79e0f382690f5a02521a6aed4838d72fc963d52c6357fd583c7bb2edc05472f0b38adf636e9bdbadc6f10de934b12cf72302c7ade868d842fe70ebecc5f890a7483793b027def42701e5fa70bba6b43be9f2e8baeb1296aa890702c6aa660264d39defbb591faac1b3d5e28d2b7ab1b81bc34f3d4a4bc35669b1ac52a5ebf44b6322c61de1b153e271dd63886785d9ca680f4d12d6fd02a0664782b75b87c437cc4e5a357e203d73710f424909ca44045248f98ce3793f56983fab1de7d373b91c45f780f909cb72994ab8e5b1bb0be3a69c696b0f3b757160746119880b1c6aea7d1d3cccabfea44f2e2a9ee40674abb945f551ec040f17a2a87272def2011314630663fbba35720887568bb496278c802d9a2e06ae1a4851db39266f4832a2fb5d8001eb0e951d40d4083ce9b32b5af8329bfd71cfa2d56ad50a6cbd521f062956529ef9342299384cd56c1fd4924ca8e8a8c237c7eb09fdaa6a82699d8550e4eff92c63ea0d71e4b2750438b546a37b02d3ac9cd09d4c8f50af6dcddc15d67294dda00e3f2ed67a387dc3f6e0488832ceec5ba10700d6019a1b7b8ec02193182eb5e89b996922a26a8969041fce470249753401258e5c62ec58e1a7434dce76ae937d59aa78b6783b24b83d3bba8eda577ea2a87beca1b359d387df41624858b2dff29fa9ff52beb2ab64c56cb62768c33ec169f8b3adad0c53b3c0d010f6eee490c007ecd6103954c98c5e2d1572410fdf93413ae40c667814ea5c0c43e988d4a173c9c54f8d1fe1e8ec95e4ca0bfb05e3b67fcc2baf3dc8fd6e4fa6fd743c50bf75b748aba6033a2077963adf20d7e7dda79932b16dd394c4dfe78e72347083a322339b8eb2301215013b8958b4b6820f561212cda4986cf116ea1f65be0fe0289bb89114fbdd529d82bae83a881298db9e2efc2ddc53a2bc7650a2f600f6b431a5b0aa15919252020c6cf8b55ce5fde9c64afd95aecdbfcf31f1fca24505bf24a38acc16db3c780e1932bea0339d1683c508e98916818078f127f5cccf2a45fb08d0c6f89f0ec3503402c3fd4c0045cc45c3b3c92bbcd9589e2bf839cc836c6576a66fc6b0e7293fda7c0af726d46234f7ec298348203eaffd4e9207604991985c78494ff29648ec4f06e2a190892fbc3b972600829f6d034973aad1dd135beda55a2a2f20d9c20ad502340715a863054abb5a6d6d2726fedaa0eee773a6c4c0711a12babfb8d869f30c8d9dc5aceb7ce3f2475f49ed6927f60e0dc547c3bb5bf83452c70e4542d004a850de1746bd7c057ef4b51007ede6bd9963cc7f4016531caf7b6f9482d66444db407ddff15a64228dbc1d064bba089cfff6290c2ef30d7350a56ca5db9e20a36480b1e43fe3900118cdc835a455dd76eeb772482025ff8eb9bbb717713332f93491a00250c5af0660faf2973f1d4923e06d17d48d54156201bf4cffd3b27e236f6179fbace429b00b9a2ccdbd2e3d67fb09bcdd625d56bb4627b58527eb60a19f1b5383125495d9cfcf221c7f0162bbc8430343f12184d8f16dc7d5388ffb17bb079d2b6a3f36c72701e0f7fbe83345fd0de22d4f2c49f0096ac2337eca5b15640db68efecf4c8af53ba63d797377cfb31346d1a8128fa4083b9c65de6c150f543be4e75fc36f48a9bd6e67887b51acd197af36be0cec7ab61ebdb0d1f5a51d00a991857162bf31a248269c3fd8d7ae0c5e4e88f77d9c581b2ca7ead5091c36925761d99528743dd9db0f24ab2050633eb72df74beca0806cce56669f8c273b4f6c14eb394db61690ef66e6cb40b24cb590febd597debec0abd8b6c03aaab0aee38e2efc2fe6f7822023acc434f4cefa01c9d675163b086f31381651f30c6117e0e8ad844252650b0046671cbd472457cae3ed5640fa971def34738a6b910b3d958728aff93cfb973f8f2280746138ee36e9df3729b6d42981be900d272fbb15e4d9a77b3ae38fd637f81551f96b11c700099b5d3e7b330fb006f0b845bae027bde6f8a576aeea3c1b72b287d953bec5fc35d9de5ddc4855bc4cccb144beab28aec1c0fe01b78e63ac200a7c338d102db2967382fb6e83372872032cf9785662c3070a0743298d077f3034a6d86d955b381b5f6a18c500b60997a8ff13f44167b026f9419f83a39fd426cf31dbe08beec4290f2465de10da18a6fb9af658d339419c211790bf6040f7bc29964bcaa5f20e1c4b230b18b1cf732f4859cc0a0966539c90f7ee19aa2d85efbbd369f5243ba7c54e30e155b785119c1a2b39d867ef86a062add5e88e26bfe349abc54ca790a661a72abd112101b8716bcd7282f2fe4704efb75281595a0be1df7d5ebda4a579ecbc207aa59374ba4290830456320ce9202afc0265cdfe6bcc00174ee42348231c4a8348320a3c915c9dacb8e3bcaa2b91d71ec21de7eea0c645d9ac728211d3b303a7a727249d9c9a50d48da3cb7e7fcbf8f3b703967cbccd71c079715f4fa4f7f395f8171ab1b4d414490c0e184052d72207ec20dd270364be45a628ab80551da51bbbebea60d2133d40b3263506461dfa67cc943cd857ae081d27aafcf914154757c582b3f5ba517c02621aad0d354fb4a138e82239c0ae657de1b8306fdd1506caa7dfb6ef082dad6bf408dfadb4686098902c246418ad10711ef828e69e07c48d2309c632bac1056fb99c83e50503bf19f4b240ddf27d247a132fb3100f2e797bbe4260dad0a8ba5afdc0d062ee771826f2761ce4bbca2f1d2514f58fc5cb7b37b1f0d37ed1f0edf1ecf63baf656c7a9798ffe53fbd7085dc8a5ccf72bf0a51f36fcc92d09b978c4d33f5be18aeb538dd9488a1df47b6ff85d916b2a9a6561b684ee5700fc9fa8c2ea854d993aff5eacaad11ce11b709df8368ac30b4bb6b7e16a190974993b5216a9c930c368860e91c20e11e3dfb768da8dacce9580b1ca154eacd9f479afa84c8b39c41cf82315558710f487d48bea8c4cf06cd7b1c16ffa886ad4a6ea3639901179e5eb02f03aab2780536f7698ee3cb3213e68bb06ab10d04a6dfd765be632e41b7005f7969da73be54068458b8f6f49f637b0bc8e6835ace15594ba195a63e0f4272f9e2b5133cd8d14b905c8514e2fe67db250f30add2ae86b6f5e9c4ca5a38f07f6cc31c08627cd97e576dcfb140c4f448158902fbb46aa536c5f0f2ef6ee2065f17c85971b3ab6f778231d889818fe9ed3853a4cd623a465de04c10de23cd1326085324e592dd128fe721a3c61372a5630deea4aab460ecb7e01398e17dd02ced9882587dc88fea6b0ee899512e5e032fae3d321294d45d6eeec7ed26bd18c67fda31ba6cd8f0edcf5bd902f004d4e68205e79efdac36dd3fbfddb71c49ba25fa23c0b7af5c71216abbe43d24807a667feb46450a830d9a82b319cedd7c9cc93c09a38179413d6fd41232e347eb0bb1c0985a8ec28437987d0ffe2e76947ba49c8a35753c8c2cf6a64c349d812d5c6eb10dfc7d87b52a38091c86bdba94a75463eb7a6f7ee0b8648044a52894274b097ca266b0b84bcbfb80b57c5da87f5251c6c02762986db730aa461ae8a767736f60e4b159c6b21a11a0ab5ccf0727fb250d1464b6a0dca814ec1b111a0e9fee657426e0a0a97d8ad048a2d3f4987872610996cc6cc39ac1c004543b7e1c4358a58d674d358a46f9bef9f4794f80fe919eed4b797f53e1bd7f6f28592235ded0812f1042e67020e3618c36b1d68d6e8fd0a671ab49fee02a3b6df8c5808b82696316764bd2e4a703a9a958ca59d499b6cc7fcfc0ccf18974e92d996687ab866ce939f70201d7a77c915ef80a358a3592f4f48fd9188a9b0db15ee0ce87c62ae42f3d84f02dccca603cce559f1aff8c111aed3cbf13da257ff85901e5446270143384a21307342204656dee7d3eaffdfcae786275f5d78426ff8cb2a72bf83970abb52e528174e2fb70367c15f9d648cee232ed3b2f429aaf126e6d45b1ffca0913ea7863d2a7dfb0e2a12ba3dd8ca29300fb9726ac1af89bf9cce1b7a0eb6a92fc6ec9d86e2e746123c5412142ef0e7f7af333f717cc4b410af68994d64e85ea1b8f9ecc92b02fb57aa3278d77aab64aab9a594290c1f2ea7306a48c07e811190c65540cee9d8c0399c106b413fcd9abcfaf7593ecc0e34b1e7e7786d5e233d8ad926a75427f1a3f9f539a55c68324e03b8fd46686c90bca6d7d23ea8a8b7e888631ffabce9c2ba1eb8fcd6b1643a51c2ad2d019bafb981d3f7e9acf2d08c761d9ca09635d4c91654493d9f3420df9647fedf7686647ebbd52eb8fb588c50f5dc5ce89bc77878aa2d0511b9d542f3bc5f172b110f5d6250ff773426f09d35ca0dbb6a809d3123d5cd89cf9c55de92e8a3258a77bed5c580b219b1ca17641d8172c49e3db5b5de7ecf5dd1c8f67ccea03e2abd337921d1299f3f20708171a9d52c5c3ae2906cbdca538301e6073d0725b4765a6c059ff6', '\x828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1');
INSERT INTO assurance_log.witness_key VALUES ('w.example', '\x188d5013', 'w.example+188d5013+BMhTrQ8M0rYZrqks7sT9VqJNZJnVhM55JX5Fz9gTm2Cn');
ALTER TABLE ONLY assurance_log.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY assurance_log.checkpoint
    ADD CONSTRAINT checkpoint_pkey PRIMARY KEY (size);
ALTER TABLE ONLY assurance_log.content
    ADD CONSTRAINT content_pkey PRIMARY KEY (sha256);
ALTER TABLE ONLY assurance_log.cosignature
    ADD CONSTRAINT cosignature_pkey PRIMARY KEY (size, name, key_hash);
ALTER TABLE ONLY assurance_log.entry
    ADD CONSTRAINT entry_pkey PRIMARY KEY (idx);
ALTER TABLE ONLY assurance_log.head
    ADD CONSTRAINT head_pkey PRIMARY KEY (size);
ALTER TABLE ONLY assurance_log.identity
    ADD CONSTRAINT identity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY assurance_log.leaf
    ADD CONSTRAINT leaf_pkey PRIMARY KEY (leaf_hash);
ALTER TABLE ONLY assurance_log.log_key
    ADD CONSTRAINT log_key_pkey PRIMARY KEY (from_size);
ALTER TABLE ONLY assurance_log.record_field
    ADD CONSTRAINT record_field_pkey PRIMARY KEY (field, value, idx);
ALTER TABLE ONLY assurance_log.record
    ADD CONSTRAINT record_pkey PRIMARY KEY (idx);
ALTER TABLE ONLY assurance_log.state
    ADD CONSTRAINT state_pkey PRIMARY KEY (id);
ALTER TABLE ONLY assurance_log.tile
    ADD CONSTRAINT tile_pkey PRIMARY KEY (level, n);
ALTER TABLE ONLY assurance_log.witness_key
    ADD CONSTRAINT witness_key_pkey PRIMARY KEY (name, key_hash);
CREATE TRIGGER checkpoint_in_order BEFORE INSERT ON assurance_log.checkpoint FOR EACH ROW EXECUTE FUNCTION assurance_log.checkpoint_in_order();
ALTER TABLE assurance_log.checkpoint ENABLE ALWAYS TRIGGER checkpoint_in_order;
CREATE TRIGGER checkpoint_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.checkpoint ENABLE ALWAYS TRIGGER checkpoint_only_grows;
CREATE TRIGGER content_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.content FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.content ENABLE ALWAYS TRIGGER content_only_grows;
CREATE TRIGGER cosignature_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.cosignature FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.cosignature ENABLE ALWAYS TRIGGER cosignature_only_grows;
CREATE TRIGGER entry_contiguous AFTER INSERT ON assurance_log.entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.entry_contiguous();
ALTER TABLE assurance_log.entry ENABLE ALWAYS TRIGGER entry_contiguous;
CREATE TRIGGER entry_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.entry FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.entry ENABLE ALWAYS TRIGGER entry_only_grows;
CREATE TRIGGER head_in_order BEFORE INSERT ON assurance_log.head FOR EACH ROW EXECUTE FUNCTION assurance_log.head_in_order();
ALTER TABLE assurance_log.head ENABLE ALWAYS TRIGGER head_in_order;
CREATE TRIGGER head_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.head FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.head ENABLE ALWAYS TRIGGER head_only_grows;
CREATE TRIGGER identity_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.identity FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.identity ENABLE ALWAYS TRIGGER identity_only_grows;
CREATE TRIGGER leaf_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.leaf FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.leaf ENABLE ALWAYS TRIGGER leaf_only_grows;
CREATE TRIGGER log_key_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.log_key FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.log_key ENABLE ALWAYS TRIGGER log_key_only_grows;
CREATE TRIGGER record_field_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.record_field FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.record_field ENABLE ALWAYS TRIGGER record_field_only_grows;
CREATE TRIGGER record_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.record FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.record ENABLE ALWAYS TRIGGER record_only_grows;
CREATE TRIGGER state_grows BEFORE UPDATE ON assurance_log.state FOR EACH ROW EXECUTE FUNCTION assurance_log.state_grows();
ALTER TABLE assurance_log.state ENABLE ALWAYS TRIGGER state_grows;
CREATE TRIGGER state_stays BEFORE DELETE OR TRUNCATE ON assurance_log.state FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.state_stays();
ALTER TABLE assurance_log.state ENABLE ALWAYS TRIGGER state_stays;
CREATE TRIGGER tile_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.tile FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.tile ENABLE ALWAYS TRIGGER tile_only_grows;
CREATE TRIGGER witness_key_only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON assurance_log.witness_key FOR EACH STATEMENT EXECUTE FUNCTION assurance_log.only_grows();
ALTER TABLE assurance_log.witness_key ENABLE ALWAYS TRIGGER witness_key_only_grows;
ALTER TABLE ONLY assurance_log.checkpoint
    ADD CONSTRAINT checkpoint_size_fkey FOREIGN KEY (size) REFERENCES assurance_log.head(size);
ALTER TABLE ONLY assurance_log.cosignature
    ADD CONSTRAINT cosignature_size_fkey FOREIGN KEY (size) REFERENCES assurance_log.checkpoint(size);
ALTER TABLE ONLY assurance_log.record
    ADD CONSTRAINT record_bundle_sha256_fkey FOREIGN KEY (bundle_sha256) REFERENCES assurance_log.content(sha256);
ALTER TABLE ONLY assurance_log.record_field
    ADD CONSTRAINT record_field_idx_fkey FOREIGN KEY (idx) REFERENCES assurance_log.record(idx);
ALTER TABLE ONLY assurance_log.record
    ADD CONSTRAINT record_idx_fkey FOREIGN KEY (idx) REFERENCES assurance_log.entry(idx);
GRANT USAGE ON SCHEMA assurance_log TO log_app;
GRANT SELECT ON TABLE assurance_log.alembic_version TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.checkpoint TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.content TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.cosignature TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.entry TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.head TO log_app;
GRANT SELECT ON TABLE assurance_log.identity TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.leaf TO log_app;
GRANT SELECT ON TABLE assurance_log.log_key TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.record TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.record_field TO log_app;
GRANT SELECT,UPDATE ON TABLE assurance_log.state TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.tile TO log_app;
GRANT SELECT,INSERT ON TABLE assurance_log.witness_key TO log_app;
