import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0004_profiles_into_their_new_columns"),
    ]

    operations = [
        migrations.DeleteModel(name="Profile"),
        migrations.RenameModel(old_name="NewProfile", new_name="Profile"),
        migrations.AlterField(
            model_name="profile",
            name="customer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="profile",
                serialize=False,
                to="customers.customer",
            ),
        ),
    ]
